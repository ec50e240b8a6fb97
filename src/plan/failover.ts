/** Moving the master's role, and who follows whom then: the steps that every plan of it has. Pure. */
import { containerName } from '../docker/names.js';
import type { EngineTopology } from '../docker/topologies.js';
import type { Note } from '../errors.js';
import type { TopologyNode } from '../topology/topology.js';
import { type Draft, type Ports, planSync, upstreamReady } from './draft.js';
import type { ServerPort } from './plan.js';
import { allSetAside } from './set-aside.js';

/** By force: the master is lost. Not before what others would lose by it is set aside. */
export function planPromotion(draft: Draft, topology: string, { node, port }: ServerPort): void {
  draft.push({
    id: `promote ${node}`,
    after: allSetAside(draft),
    kind: 'promote',
    resource: containerName(topology, node),
    cause: 'the master is lost',
    node,
    port,
  });
}

/** A server that runs follows another one from now on. */
export function planFollow(
  draft: Draft,
  topology: string,
  { name, upstream }: Pick<TopologyNode, 'name' | 'upstream'>,
  port: number,
  cause: string,
): void {
  if (upstream === null) return;
  draft.push({
    id: `follow ${name}`,
    after: [
      ...draft.of(name, 'connectNetwork', 'unpauseContainer', 'setAside', 'salvage'),
      ...upstreamReady(draft, { upstream }),
    ],
    kind: 'follow',
    resource: containerName(topology, name),
    cause,
    node: name,
    port,
    upstream,
    host: draft.hostOf(upstream),
  });
}

export interface Follower extends Pick<TopologyNode, 'name'> {
  readonly port: number;
  readonly upstream: string;
  readonly cause: string;
}

/** The next master is durable before the others are told, each on its own. What is planned after this is independent too. */
export function planTakeover(
  draft: Draft,
  topology: string,
  next: ServerPort,
  followers: readonly Follower[],
): void {
  planPromotion(draft, topology, next);
  draft.goOnIndependently();
  for (const it of followers) planFollow(draft, topology, it, it.port, it.cause);
}

export interface Rejoining extends Pick<TopologyNode, 'name'> {
  readonly upstream: string;
  /** Why what its disk holds is set aside before; null if it need not be. */
  readonly aside: string | null;
  /** What only it was written is read before. */
  readonly salvages: boolean;
}

/**
 * A former master that doesn't run starts as a replica: its redis.conf says so before, so that it
 * never takes a write as a second master.
 */
export function planRejoin(
  draft: Draft,
  topology: string,
  { name: node, upstream, aside, salvages }: Rejoining,
): void {
  const base = { resource: containerName(topology, node), node };
  const cause = `${upstream} took its place`;
  if (aside !== null) {
    const step = { id: `set aside ${node}`, after: draft.all(), cause: aside, port: null };
    draft.push({ ...base, ...step, kind: 'setAside', topology });
  }
  if (salvages) {
    const why = `${upstream} may not have all that it was written`;
    const step = { id: `salvage ${node}`, after: draft.all(), cause: why };
    draft.push({ ...base, ...step, kind: 'salvage', topology });
  }
  draft.push({
    ...base,
    id: `role ${node}`,
    after: draft.all(),
    kind: 'writeRole',
    cause,
    upstream,
    host: draft.hostOf(upstream),
  });
  draft.push({ ...base, id: `start ${node}`, after: draft.all(), kind: 'startContainer', cause });
}

export interface Handover {
  readonly topology: string;
  readonly master: ServerPort;
  readonly next: ServerPort;
  /** The other replicas of the master. */
  readonly others: readonly ServerPort[];
  readonly cause: string;
  readonly withinMs?: number;
}

/** Without the loss of a write: the master refuses writes until the next one has all of them. */
export function planHandover(draft: Draft, { topology, next, cause, ...rest }: Handover): void {
  const { master } = rest;
  draft.push({
    ...rest,
    ...next,
    id: `switchover ${next.node}`,
    after: draft.all(),
    kind: 'switchover',
    host: draft.hostOf(next.node),
    resource: containerName(topology, next.node),
    cause: `${master.node}, the master, hands over: ${cause}`,
  });
}

export interface Links {
  readonly topology: string;
  readonly ports: Ports;
  /** Whether a node is on the replication network: one that is cut off can't have a link yet. */
  readonly isAttached: (node: string) => boolean;
}

export const isAttachedIn =
  ({ nodes }: EngineTopology) =>
  (node: string): boolean =>
    nodes.some(({ name, address }) => name === node && address !== null);

/** Waits for the links of those that can have one; what is said of the others. */
export function planLinks(
  draft: Draft,
  followers: readonly { readonly name: string; readonly upstream: string }[],
  { topology, ports, isAttached }: Links,
): Note[] {
  const cutOff = (node: string, then: string): Note => ({
    text: `${node} is cut off, and ${then}`,
    about: { code: 'cut-off', topology, node },
  });
  const upstreams = new Set(followers.map(({ upstream }) => upstream));
  const notes = [...upstreams]
    .filter((it) => !isAttached(it))
    .map((it) => cutOff(it, 'the others follow it then'));
  for (const follower of followers) {
    const { name, upstream } = follower;
    if (!isAttached(name)) {
      notes.push(cutOff(name, `will follow ${upstream}`));
    } else if (isAttached(upstream)) {
      planSync(draft, topology, follower, ports);
    }
  }
  return notes;
}
