/** How drills move the role of the master: the one place where they use failover. */
import { FailedError } from '../errors.js';
import { askCandidates, makeAllDurable, missingText, promote } from '../failover/promote.js';
import { rejoin } from '../failover/rejoin.js';
import { switchover } from '../failover/switchover.js';
import { containerOf, type LiveTopology } from '../live/live-topology.js';
import { upstreamName } from '../live/upstream-name.js';
import { type Candidate, chooseHeir, whyNoHeir } from '../plan/choose-heir.js';
import type { Limits } from '../redis/wait.js';
import type { Ready } from './ready.js';

export { askCandidates };

type Candidates = Awaited<ReturnType<typeof askCandidates>>;

export interface OldTopology {
  readonly live: LiveTopology;
  /** As it was before its master died. */
  readonly ready: Ready;
}

/** @throws FailedError if none of them may be promoted. */
export function chooseSuccessor<C extends Candidate>(
  { live, ready }: OldTopology,
  candidates: readonly C[],
  command: 'promote' | 'switchover' = 'promote',
): C {
  const { id } = ready.facts.replication;
  const chosen = chooseHeir(candidates, id);
  if (chosen !== null) return chosen;
  const { message, hint } = whyNoHeir(candidates, id, { topology: live.name, command });
  throw new FailedError(message, { hint });
}

/** Resolves with the last offset of the old stream that the new master has, when all roles last. */
export async function promoteAmong(
  { live, ready }: OldTopology,
  candidates: Candidates,
  { name, onPromoted }: { readonly name: string; readonly onPromoted: () => void },
): Promise<number> {
  const orphaned = ({ replication }: Candidates[number]): boolean =>
    replication.link !== null &&
    upstreamName(live.observed.nodes, replication.link) === ready.master.name;
  // A replica of a replica keeps its upstream: its own link was never broken.
  const followers = candidates
    .filter((it) => it.name !== name && orphaned(it))
    .map(({ node }) => node);
  const next = candidates.find((it) => it.name === name)?.node ?? live.connect(name);
  const promotion = await promote({ next, followers, onPromoted });
  const missing = [...promotion.missing, ...(await makeAllDurable(followers))];
  if (missing.length > 0) throw new FailedError(missingText(name, missing));
  return promotion.cut;
}

/** Starts the old master as a replica; resolves with the place where its data are set aside, or null. */
export async function rejoinOld(
  { live, ready, removedAfter }: OldTopology & { readonly removedAfter: boolean },
  upstream: string,
): Promise<string | null> {
  const { name } = ready.master;
  const place = { topology: live.name, node: name, container: containerOf(ready.master) };
  const cause = removedAfter ? null : `${upstream} took its place in kill-master`;
  return (await rejoin(live.runtime, place, { upstream, cause }))?.path ?? null;
}

/** A planned change, without loss. */
export async function switchTo(
  live: LiveTopology,
  { from, to, onPromoted }: { from: string; to: string; onPromoted: () => void },
  limits: Limits,
): Promise<void> {
  const redisOf = (name: string) =>
    live.nodes.find((node) => node.name === name)?.redis ?? live.connect(name);
  const others = live.nodes.filter(({ name }) => name !== from && name !== to);
  await switchover({
    ...limits,
    master: redisOf(from),
    next: redisOf(to),
    others: others.map(({ redis }) => redis),
    onPromoted,
  });
}
