/** Ledgers and what nodes hold of them, written down by hand. */
import type { Findings, Presence } from '../../src/drills/checker.js';
import { Ledger, type WriteOutcome } from '../../src/drills/ledger.js';

/** One write: its outcome, how often it is found, and when it began and came to an end. */
export type Row = readonly [
  outcome: WriteOutcome,
  copies: number,
  invokedMs?: number,
  completedMs?: number,
];

/** One writer after the other. */
export function history(writers: readonly (readonly Row[])[], strays = 0) {
  const ledger = new Ledger(writers.length);
  for (const [writer, rows] of writers.entries()) {
    for (const [outcome, , invokedMs = 0, completedMs = invokedMs + 1] of rows) {
      ledger.complete(writer, ledger.invoke(writer, invokedMs), outcome, completedMs);
    }
  }
  const counts = writers.map((rows) => Uint8Array.from(rows, ([, copies]) => copies));
  const presence: Presence = { node: 'redis-2', counts, strays };
  return { ledger, presence };
}

/** What `check` finds in a run without a fault of any kind, but for what is given. */
export function findings(
  writes: Partial<Findings['writes']> = {},
  more: Partial<Omit<Findings, 'writes'>> = {},
): Findings {
  return {
    writes: {
      attempted: 1000,
      acknowledged: 1000,
      refused: 0,
      unknown: 0,
      unconfirmed: 0,
      lost: 0,
      recovered: 0,
      resurrected: 0,
      duplicates: 0,
      ...writes,
    },
    lostBeyondCut: writes.lost ?? 0,
    lostBeforeCut: 0,
    lostAfterDeath: 0,
    firstLostMs: null,
    ...more,
  };
}
