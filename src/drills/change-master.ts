/** How drills move the role of the master: the one place where they use failover. */
import { hostsIn } from '../docker/topologies.js';
import { execute, failureOf } from '../execute/execute.js';
import type { RunEvent, World } from '../execute/world.js';
import { askCandidates, cutOf } from '../failover/promote.js';
import type { LiveTopology } from '../live/live-topology.js';
import { upstreamName } from '../observe/upstream-name.js';
import { type Candidate, chooseCandidate, noCandidate } from '../plan/choose-candidate.js';
import { Draft } from '../plan/draft.js';
import { planHandover, planRejoin, planTakeover, sentinelsIn } from '../plan/failover.js';
import { askNode } from '../redis/ask.js';
import type { RedisNode } from '../redis/node.js';
import type { Limits } from '../redis/wait.js';
import type { OldTopology } from './old-topology.js';

export { askCandidates };

type Candidates = Awaited<ReturnType<typeof askCandidates>>;

/** @throws FailedError if none of them may be promoted. */
export function chooseSuccessor<C extends Candidate>(
  { live, facts }: OldTopology,
  candidates: readonly C[],
  operation: 'promote' | 'switchover' = 'promote',
): C {
  const { id } = facts.replication;
  const chosen = chooseCandidate(candidates, id);
  if (chosen !== null) return chosen;
  throw noCandidate(candidates, id, { topology: live.name, operation });
}

/** Resolves with the last offset of the old stream that the new master has, when all roles last. */
export async function promoteAmong(
  { live, master, limits }: OldTopology & { readonly limits: Limits },
  candidates: Candidates,
  { name, onPromoted }: { readonly name: string; readonly onPromoted: () => void },
): Promise<number> {
  const lost = master.name;
  const lostUpstream = ({ replication }: Candidates[number]): boolean =>
    replication.link !== null && upstreamName(live.nodes, replication.link) === lost;
  // A replica of a replica keeps its upstream: its own link was never broken.
  const followers = candidates
    .filter((it) => it.name !== name && lostUpstream(it))
    .map((it) => ({ ...serverOf(live, it.name), name: it.name, upstream: name }))
    .map((it) => ({ ...it, cause: `it follows ${lost}, which is lost` }));
  const open = (node: string) =>
    candidates.find((it) => it.name === node)?.node ?? live.connect(node);
  const draft = new Draft(hostsIn(live));
  planTakeover(draft, live.name, serverOf(live, name), followers);
  await carryOut(live, draft, { limits, open, next: name, emit: whenPromoted(onPromoted) });
  return cutOf((await askNode(open(name))).replication);
}

const serverOf = ({ nodes }: LiveTopology, node: string) => ({
  node,
  port: nodes.find(({ name }) => name === node)?.port ?? 0,
});

interface Change {
  readonly limits: Limits;
  /** A connection that is open already: a new one takes longer than the promotion. */
  readonly open: (node: string) => RedisNode;
  readonly next: string;
  readonly salvageTo?: string | undefined;
  readonly emit: (event: RunEvent) => void;
}

const whenPromoted =
  (onPromoted: () => void) =>
  ({ type }: RunEvent): void => {
    if (type === 'promoted') onPromoted();
  };

async function carryOut(
  { runtime, name: topology }: LiveTopology,
  { steps }: Draft,
  { limits, open, next, salvageTo, emit }: Change,
): Promise<void> {
  const world = {
    ...limits,
    runtime,
    creation: null,
    connect: (node: string) => ({ ...open(node), close: () => {} }),
    emit,
    salvageTo,
  };
  try {
    await execute({ topology, steps, first: [], notes: [] }, world);
  } catch (error) {
    throw failureOf(error, topology, next);
  }
}

interface Rejoining extends OldTopology {
  readonly limits: Limits;
  /** Then nothing is set aside. */
  readonly removedAfter: boolean;
  readonly salvaging: Salvaging | null;
}

/** Where to what only the old master was written goes, and who is told. */
export type Salvaging = Pick<World, 'salvageTo' | 'emit'>;

/** Starts the old master as a replica; resolves with the place where its data are set aside, or null. */
export async function rejoinOld(
  { live, master, removedAfter, salvaging, limits }: Rejoining,
  upstream: string,
): Promise<string | null> {
  const { name } = master;
  const aside = removedAfter ? null : `${upstream} took its place in kill-master`;
  const draft = new Draft(hostsIn(live));
  planRejoin(draft, live.name, { name, upstream, aside, salvages: salvaging !== null });
  let path: string | null = null;
  await carryOut(live, draft, {
    limits,
    open: live.connect,
    next: upstream,
    salvageTo: salvaging?.salvageTo,
    emit: (event) => {
      if (event.type === 'setAside') path = event.path;
      if (event.type === 'salvaged' || event.type === 'note') salvaging?.emit(event);
    },
  });
  return path;
}

/** A planned change, without loss. */
export async function switchTo(
  live: LiveTopology,
  { from, to, onPromoted }: { from: string; to: string; onPromoted: () => void },
  limits: Limits,
): Promise<void> {
  const others = live.nodes.filter(({ name }) => name !== from && name !== to);
  const draft = new Draft(hostsIn(live));
  planHandover(draft, {
    topology: live.name,
    master: serverOf(live, from),
    next: serverOf(live, to),
    others: others.map(({ name }) => serverOf(live, name)),
    sentinels: sentinelsIn(live),
    cause: 'the drill asks for it',
  });
  const open = (node: string) =>
    live.nodes.find(({ name }) => name === node)?.redis ?? live.connect(node);
  await carryOut(live, draft, { limits, open, next: to, emit: whenPromoted(onPromoted) });
}
