/** What a change would cost: where that is data it is refused, else it is said. Pure. */

import { confValue } from '../config/conf-file.js';
import { changesWhatIsLoaded, changeText } from '../config/config-change.js';
import type { EngineNode } from '../docker/topologies.js';
import type { About, Problem } from '../errors.js';
import { rdbFormat, type Software } from '../redis/rdb-format.js';
import type { Topology } from '../topology/topology.js';
import { diskText } from './copies.js';
import {
  candidatesAmong,
  comesBackFirst,
  holdsUnreadableCopy,
  isDown,
  moves,
  mustStop,
  type NodeWork,
  nodeText,
  stateOf,
  unreadableFormat,
} from './node-work.js';
import { isContained } from './set-aside.js';
import { unloadable } from './unloadable.js';

const problemOf = ({ name }: Topology, message: string, about?: About): Problem => ({
  source: `topology ${name}`,
  message,
  ...(about && { about }),
});

/** `works` begin with the master. */
export function refusals(works: readonly NodeWork[]): Problem[] {
  const [master] = works;
  if (master === undefined) return [];
  return [
    ...masterGone(master, works),
    ...olderFormat(master),
    ...notLoaded(master, works),
    ...works.flatMap(lostCopy),
    ...(master.change.way === 'none' ? [] : lostAlone(works)),
  ];
}

/** The container that would have to be made first, of the image that the others run, is none that was asked for. */
function masterGone(master: NodeWork, works: readonly NodeWork[]): Problem[] {
  const { topology, node, existing } = master;
  const isThere = !['gone', 'created'].includes(stateOf(master));
  if (isThere || !comesBackFirst(master, works)) return [];
  const message = `the container of ${node.name}, the master, is gone, and its image can't be changed before it is back`;
  const image = existing?.image ?? topology.image;
  return [
    problemOf(topology, message, { code: 'image-before-change', topology: topology.name, image }),
  ];
}

function olderFormat(master: NodeWork): Problem[] {
  const { topology, change, observed } = master;
  if (!isDown(master) && change.way === 'none') return [];
  const found = unreadableFormat(master);
  const reader = observed.imageServer;
  if (found === null || reader === null) return [];
  const { format, writer } = found;
  const message = `${topology.image} runs ${named(reader)}, which reads RDB files up to format ${rdbFormat(reader)}, and ${writer ? named(writer) : 'another server'} has written the data in format ${format}: going back is not possible with these data`;
  const { name, image } = topology;
  return [problemOf(topology, message, { code: 'older-image', topology: name, image })];
}

const named = ({ product, version }: Software): string => `${product} ${version}`;

/** A master whose redis.conf, or the one that it is to get, does not load its data. */
function notLoaded(master: NodeWork, works: readonly NodeWork[]): Problem[] {
  const { topology, existing } = master;
  if (existing === undefined || !isDown(master)) return [];
  const text = comesBackFirst(master, works) ? existing.config : nodeText(master);
  const problem = text === null ? null : unloadable(topology.name, existing, text);
  return problem === null ? [] : [problem];
}

/** What can't be read is thrown away for a new copy: only where the master has it too. */
function lostCopy(work: NodeWork): Problem[] {
  const { topology, node, existing, master } = work;
  if (!existing?.disk || !master || !holdsUnreadableCopy(work) || isContained(existing, master)) {
    return [];
  }
  const message = `the data of ${node.name} (${diskText(existing.disk)}) are in a format that ${topology.image} can't read, and ${master.name} is not known to have all of them: an image that reads them comes first`;
  return [problemOf(topology, message)];
}

/** What a master does not save as it stops is lost, unless a replica has it; and a new folder is empty. */
function lostAlone(works: readonly NodeWork[]): Problem[] {
  const [master, ...replicas] = works;
  if (master === undefined) return [];
  const { topology, node, existing } = master;
  if (moves(master) && (replicas.length === 0 || isDown(master))) {
    const message = `the data of ${node.name} reach another place only through a replica, from a master that runs`;
    return [
      problemOf(topology, message, {
        code: 'needs-replica',
        topology: topology.name,
        orSave: false,
      }),
    ];
  }
  // Whether a master that is down would load its data with or without an AOF, its disk tells.
  const loaded = master.change.settings.filter(
    (it) => changesWhatIsLoaded(it) && !(isDown(master) && it.name === 'appendonly'),
  );
  if (loaded.length > 0 && (isDown(master) || standsAlone(works))) {
    const names = loaded.map(changeText).join(', ');
    const message = `${names}: started like that ${node.name} would not load the data it has saved`;
    return [
      problemOf(
        topology,
        message,
        isDown(master)
          ? { code: 'down-as-it-changes', topology: topology.name }
          : { code: 'needs-replica', topology: topology.name, orSave: false },
      ),
    ];
  }
  if (!standsAlone(works) || saves(existing?.config ?? '')) return [];
  const message = `${node.name} must be stopped (${master.change.cause}), and it has neither a replica nor persistence: its data would be lost`;
  return [
    problemOf(topology, message, { code: 'needs-replica', topology: topology.name, orSave: true }),
  ];
}

/** The master must be stopped, or goes, and replicas that are promoted only by name are all it has. */
export function noCandidate(works: readonly NodeWork[], leaving: ReadonlySet<string>): Problem[] {
  const [master] = works;
  if (master === undefined || !(mustStop(master) || leaving.has(master.node.name))) return [];
  const below = works.filter(({ node }) => node.upstream === master.node.name);
  const [first] = below;
  if (first === undefined || candidatesAmong(works).length > 0) return [];
  const { topology, node, change } = master;
  const why = change.cause === '' ? 'it is wanted no more' : change.cause;
  const names = below.map((it) => it.node.name).join(', ');
  const message = `${node.name}, the master, must hand over (${why}), and replica-priority is 0 on ${names}`;
  return [
    problemOf(topology, message, {
      code: 'only-by-name',
      topology: topology.name,
      node: first.node.name,
      operation: 'switchover',
    }),
  ];
}

const standsAlone = ([master, ...replicas]: readonly NodeWork[]): boolean =>
  master !== undefined && replicas.length === 0 && mustStop(master);

const saves = (config: string): boolean =>
  confValue(config, 'appendonly') === 'yes' || confValue(config, 'save') !== '';

const losesBacklog = ({ change, existing }: NodeWork): boolean =>
  change.way === 'set' &&
  change.settings.some(({ name }) => name === 'repl-backlog-size') &&
  existing?.server?.software.version.startsWith('6.') === true;

export function warnings(works: readonly NodeWork[], leaving: readonly EngineNode[]): string[] {
  const [master] = works;
  const alone = master && standsAlone(works);
  const folders = leaving.flatMap(({ name, dir }) =>
    dir === null ? [] : [`the files of ${name} in ${dir}/${name} are kept`],
  );
  return [
    ...(works.some(losesBacklog)
      ? ['redis 6 starts a new backlog when its size changes: until that fills, resyncs are full']
      : []),
    ...(alone
      ? [`${master.node.name} has no replica to hand over to: nothing answers while it is stopped`]
      : []),
    ...folders,
  ];
}
