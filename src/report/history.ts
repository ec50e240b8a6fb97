/** A ledger as JSON lines, one write a line: for other checkers, and for people. Streamed. */
import { element } from '../drills/elements.js';
import type { Ledger } from '../drills/ledger.js';

/** Times are milliseconds since the drill began; `completedMs` is null if no outcome was ever known. */
export function* historyLines(ledger: Ledger, seed: number): Generator<string> {
  for (const { writer, sequence, invokedMs, completedMs, outcome } of ledger.writes()) {
    const completed = Number.isFinite(completedMs) ? completedMs : null;
    const value = element(seed, writer, sequence);
    yield `${JSON.stringify({ writer, sequence, value, invokedMs, completedMs: completed, outcome })}\n`;
  }
}
