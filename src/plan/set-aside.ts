/**
 * What a node would lose by following the master: a full resync empties it first. Where the
 * master isn't known to have all of it, it is set aside before. Pure.
 */

import { containerName } from '../docker/names.js';
import { type ObservedNode, recordedMaster, recordedUpstream } from '../observe/observed.js';
import type { RdbOrigin } from '../psync/rdb-header.js';
import { answers, diskCopy, hasAllOf, holdsPlace, loadsOlder } from './copies.js';
import type { Draft } from './draft.js';
import type { Step } from './plan.js';

/** Times of files and of servers are whole seconds. */
const SLACK_MS = 1000;

/** Whether the master is known to have all that a node has, in memory or on its disk. */
export function isContained(node: ObservedNode, master: ObservedNode): boolean {
  if (answers(node)) {
    const { replication } = node.server;
    const lost = master.server === null ? diskCopy(master) : null;
    // What a replica has is its upstream's, as long as their link is up.
    if (replication.link?.up === true || hasPlace(master, replication)) return true;
    return lost !== null && replication.role === 'replica' && hasAllOf(master, lost, [node]);
  }
  const copy = diskCopy(node);
  if (copy === null || copy.empty) return true;
  if (loadsOlder(node)) return false;
  return copy.at === null ? cameFrom(node, master) : hasPlace(master, copy.at);
}

function hasPlace(master: ObservedNode, place: RdbOrigin): boolean {
  if (master.server !== null) return holdsPlace(master.server.replication, place);
  const at = diskCopy(master)?.at ?? null;
  return at !== null && at.id === place.id && at.offset >= place.offset;
}

/** A replica that ended while its master ran got all that it had from it; so it did from a master that is down, if that wrote last. */
function cameFrom(replica: ObservedNode, master: ObservedNode): boolean {
  if (recordedUpstream(replica) !== master.name) return false;
  if (master.server !== null) {
    return replica.endedAtMs !== null && master.server.startedAtMs < replica.endedAtMs - SLACK_MS;
  }
  const [own, above] = [diskCopy(replica), diskCopy(master)];
  return (own?.asOfMs ?? 0) <= (above?.asOfMs ?? 0) + SLACK_MS;
}

/**
 * Whether a paused replica must be looked at before its link comes back: what it has in memory can't
 * be asked, and a master whose process is younger isn't where it got that from.
 */
export function wakesAlone(node: ObservedNode, master: ObservedNode | undefined): boolean {
  if (node.state !== 'paused' || master === undefined || master === node) return false;
  if (recordedUpstream(node) !== master.name || master.server === null) return true;
  const { runningSinceMs: since } = node;
  return since === null || master.server.startedAtMs > since + SLACK_MS;
}

/**
 * Plans that the node's data are set aside, if it will follow a master that isn't known to have
 * them.
 * @param port null if its server doesn't run
 */
export function planSetAside(
  draft: Draft,
  topology: string,
  node: ObservedNode,
  master: ObservedNode | undefined,
  port: number | null,
): void {
  const { name } = node;
  const cause = whySetAside(node, master);
  if (cause === null) return;
  draft.push({
    id: `set aside ${name}`,
    after: [
      ...draft.of(name, 'killContainer', 'stopContainer', 'createContainer'),
      ...(port === null ? draft.ofKind('promote') : []),
    ],
    kind: 'setAside',
    resource: containerName(topology, name),
    cause,
    node: name,
    port,
    topology,
  });
}

function whySetAside(node: ObservedNode, master: ObservedNode | undefined): string | null {
  if (master === undefined) return null;
  if (node.server === null && loadsOlder(node)) {
    return 'it loads its AOF, and its RDB is newer';
  }
  if (node === master || isContained(node, master)) return null;
  return `${master.name} is not known to have all of it`;
}

/** Plans that what a former master was written, and the master lacks, is read before it is gone. */
export function planSalvage(
  draft: Draft,
  topology: string,
  node: ObservedNode,
  master: ObservedNode | undefined,
): void {
  const { name } = node;
  if (master === undefined || node === master || !mayHoldMore(node, master)) return;
  draft.push({
    id: `salvage ${name}`,
    after: draft.of(master.name, 'promote', 'waitReady'),
    kind: 'salvage',
    resource: containerName(topology, name),
    cause: `${master.name} may not have all that it was written`,
    node: name,
    topology,
  });
}

/** What a replica has is its master's. */
function mayHoldMore(node: ObservedNode, master: ObservedNode): boolean {
  const { server, state, disk } = node;
  if (server !== null) return server.replication.role === 'master' && !isContained(node, master);
  if (!recordedMaster(node)) return false;
  return state === 'paused' || (disk !== null && !isContained(node, master));
}

/** Of servers that run, before anything that could make them copy another one's data. */
export function planSetAsideOfLiving(
  draft: Draft,
  topology: string,
  nodes: readonly ObservedNode[],
  master: ObservedNode | undefined,
  ports: ReadonlyMap<string, number>,
): void {
  for (const node of nodes) {
    if (node.server === null) continue;
    planSetAside(draft, topology, node, master, ports.get(node.name) ?? null);
  }
}

/** A master that starts with less empties replicas that live: not before theirs is set aside. */
export const allSetAside = (draft: Draft): Step[] => draft.ofKind('setAside');
