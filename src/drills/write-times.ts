/** How long writes took, and how long none was acknowledged, as their writers saw it. Pure. */
import type { Ledger } from './ledger.js';

export interface WriteTimes {
  /** Of each acknowledged write, from its sending to its acknowledgement. */
  readonly latenciesMs: readonly number[];
  /** The longest time between one acknowledgement and the next; null of fewer than two. */
  readonly downtimeMs: number | null;
}

export function writeTimes(ledger: Ledger): WriteTimes {
  const latenciesMs: number[] = [];
  const acknowledged: number[] = [];
  for (const { outcome, invokedMs, completedMs } of ledger.writes()) {
    if (outcome !== 'acknowledged') continue;
    latenciesMs.push(completedMs - invokedMs);
    acknowledged.push(completedMs);
  }
  return { latenciesMs, downtimeMs: longestGap(acknowledged) };
}

function longestGap(times: readonly number[]): number | null {
  const sorted = [...times].sort((a, b) => a - b);
  let longest: number | null = null;
  for (const [at, time] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before !== undefined) longest = Math.max(longest ?? 0, time - before);
  }
  return longest;
}

/** A stretch of time: by writer, the first write begun in it, and the first begun after it. */
export interface Span {
  readonly from: readonly number[];
  readonly until: readonly number[];
}

/** How many writes begun in it, after one begun in it had been refused, were acknowledged all the same. */
export function acknowledgedAfterRefusal(ledger: Ledger, { from, until }: Span): number {
  const within = [...ledger.writes()].filter(
    ({ writer, sequence }) => sequence >= (from[writer] ?? 0) && sequence < (until[writer] ?? 0),
  );
  const refused = within.filter(({ outcome }) => outcome === 'refused');
  const first = Math.min(...refused.map(({ completedMs }) => completedMs));
  return within.filter((it) => it.outcome === 'acknowledged' && it.invokedMs > first).length;
}
