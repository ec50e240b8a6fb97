/**
 * Sentinels that get to know each other at once: each is told of every other as that one would say
 * it, instead of waiting for what they publish every two seconds. Then each is asked until it sees
 * all servers and all others.
 */
import type { RedisNode } from '../redis/node.js';
import {
  askSentinel,
  type SentinelFacts,
  type SentinelPlace,
  sayHello,
} from '../redis/sentinel.js';
import { highestEpoch, unsettled, type WatchedMaster } from '../redis/sentinel-settled.js';
import { type Limits, waitUntil } from '../redis/wait.js';

export interface SentinelLink extends SentinelPlace {
  readonly redis: RedisNode;
}

export interface Settling extends Limits {
  readonly topology: string;
  readonly sentinels: readonly SentinelLink[];
  readonly watched: WatchedMaster;
  /** What nodes are called, by their addresses. */
  readonly names: ReadonlyMap<string, string>;
  /** Is told who isn't settled and why, whenever that changes. */
  readonly onProgress?: (seen: string) => void;
}

const LOOK_MS = 20;
/** A hello that was lost on the way, or came before its master was known, is said again. */
const AGAIN_MS = 1000;

/** Rejects with a `DeadlineError` that says who isn't settled, and why. */
export async function settleSentinels(settling: Settling): Promise<void> {
  const { topology, sentinels, watched, names, onProgress, ...limits } = settling;
  let seen = 'nothing yet';
  let saidAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const all = await Promise.all(sentinels.map(({ redis }) => askSentinel(redis, topology)));
    const problems = problemsOf(all, sentinels, watched);
    const text = withNames(names, problems.join('; '));
    if (text !== seen && text !== '') onProgress?.(text);
    seen = text;
    if (problems.length === 0) return true;
    if (performance.now() - saidAt < AGAIN_MS) return undefined;
    saidAt = performance.now();
    await tellAll(topology, sentinels, watched, epochFor(all, watched));
    return undefined;
  };
  const describe = () => `the sentinels to be settled (seen: ${seen})`;
  await waitUntil(look, { ...limits, everyMs: LOOK_MS, describe });
}

/** Nodes by their names where a text has their addresses. */
export const withNames = (names: ReadonlyMap<string, string>, text: string): string =>
  text.replace(/\b\d+\.\d+\.\d+\.\d+\b/g, (it) => names.get(it) ?? it);

/** Each sentinel that isn't settled, with the first thing that it lacks. */
export function problemsOf(
  all: readonly SentinelFacts[],
  sentinels: readonly SentinelLink[],
  watched: WatchedMaster,
): string[] {
  const epoch = highestEpoch(all);
  return all.flatMap((facts, index) => {
    const { redis, host } = sentinels[index] as SentinelLink;
    const problem = unsettled(facts, host, watched, epoch);
    return problem === null ? [] : [`${redis.name}: ${problem}`];
  });
}

/** Where one names another master as late as any, only a higher epoch makes it think again. */
function epochFor(all: readonly SentinelFacts[], { master }: WatchedMaster): number {
  const highest = highestEpoch(all);
  const astray = all.some(
    (it) =>
      it.master !== null &&
      it.master.configEpoch === highest &&
      (it.master.host !== master.host || it.master.port !== master.port),
  );
  return astray ? highest + 1 : highest;
}

/** Tells every sentinel of each other one, and of the master in their name. */
export async function tellAll(
  name: string,
  sentinels: readonly SentinelLink[],
  { master }: Pick<WatchedMaster, 'master'>,
  epoch: number,
): Promise<void> {
  const tell = async (to: SentinelLink) => {
    for (const from of sentinels) {
      if (from !== to) await sayHello(to.redis, { from, name, master, epoch });
    }
  };
  await Promise.all(sentinels.map(tell));
}
