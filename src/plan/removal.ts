/** Nodes that are wanted no more. Their data are copies, so they go with their volumes. Pure. */
import { volumesOf } from '../docker/labels.js';
import { containerName, foldersOf } from '../docker/names.js';
import type { EngineNode, EngineTopology } from '../docker/topologies.js';
import type { Draft } from './draft.js';
import type { Step } from './plan.js';

/** What a command that was killed has left: nothing needs it. */
export const strayRemovals = ({ strays }: EngineTopology): Step[] =>
  strays.map(({ name }) => ({
    id: `removeStray ${name}`,
    after: [],
    kind: 'removeStray',
    resource: name,
    cause: "no node's: left by a command that was killed",
  }));

/** After all that is planned so far: whoever followed the node follows another one by then. */
export function planRemoval(
  draft: Draft,
  topology: string,
  { name, container, volumes, dir }: EngineNode,
): void {
  const after = draft.all();
  const cause = 'wanted no more';
  if (container !== null) {
    const resource = containerName(topology, name);
    draft.push({
      id: `remove ${name}`,
      after,
      kind: 'removeContainer',
      resource,
      cause,
      node: name,
    });
  }
  if (dir !== null) {
    const [conf] = foldersOf(dir, name);
    draft.push({
      id: `retireFolder ${name}`,
      after: [...after, ...draft.of(name, 'removeContainer')],
      kind: 'retireFolder',
      resource: conf,
      cause: `${cause}; its files stay`,
    });
  }
  for (const volume of volumesOf(topology, name)) {
    if (!volumes.includes(volume.role)) continue;
    draft.push({
      id: `removeVolume ${volume.name}`,
      after: [...after, ...draft.of(name, 'removeContainer')],
      kind: 'removeVolume',
      resource: volume.name,
      cause: `${cause}; the other nodes have what is on it`,
    });
  }
}
