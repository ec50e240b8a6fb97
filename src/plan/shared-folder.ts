/** Why two topologies can't have their files in one folder. Pure. */
import type { Problem } from '../errors.js';
import type { Surroundings } from '../observe/observed.js';
import type { Topology } from '../topology/topology.js';

/** Their nodes have the same names, so their servers would write the same files. */
export const sharedFolderProblems = (
  { name, dir }: Topology,
  sharers: Surroundings['sharers'],
): Problem[] =>
  sharers.map((other) => ({
    source: 'dir',
    message: `${other.dir === dir ? dir : `${dir} and ${other.dir}`} would hold the files of ${name} and of the topology ${other.topology} at once; name another folder, one that no topology uses`,
  }));
