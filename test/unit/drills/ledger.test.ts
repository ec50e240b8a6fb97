import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger, type WriteOutcome } from '../../../src/drills/ledger.js';

const MB = 1024 * 1024;
const OUTCOMES: readonly WriteOutcome[] = ['acknowledged', 'refused', 'unknown', 'unconfirmed'];

function memory() {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapUsed, arrayBuffers };
}

describe('the ledger', () => {
  it('keeps what was begun and what came of it', () => {
    const ledger = new Ledger(2);
    expect(ledger.invoke(1, 10)).toBe(0);
    expect(ledger.invoke(1, 12.5)).toBe(1);
    expect(ledger.invoke(0, 11)).toBe(0);
    ledger.complete(1, 1, 'refused', 13);
    ledger.complete(0, 0, 'acknowledged', 14.25);
    const never = Number.POSITIVE_INFINITY;
    expect([...ledger.writes()]).toEqual([
      { writer: 0, sequence: 0, invokedMs: 11, completedMs: 14.25, outcome: 'acknowledged' },
      { writer: 1, sequence: 0, invokedMs: 10, completedMs: never, outcome: 'unknown' },
      { writer: 1, sequence: 1, invokedMs: 12.5, completedMs: 13, outcome: 'refused' },
    ]);
    expect([ledger.writers, ledger.attempted(0), ledger.attempted(1)]).toEqual([2, 1, 2]);
  });

  it.each(OUTCOMES)('gives %s back', (outcome) => {
    const ledger = new Ledger(1);
    ledger.complete(0, ledger.invoke(0, 1), outcome, 2);
    expect(ledger.outcome(0, 0)).toBe(outcome);
  });

  it('counts a write that has not ended as unknown: it may have happened', () => {
    const ledger = new Ledger(1);
    ledger.invoke(0, 1);
    expect(ledger.outcome(0, 0)).toBe('unknown');
  });

  it('has no writers beyond its own', () => {
    expect(() => new Ledger(2).invoke(2, 0)).toThrow(new RangeError('there is no writer 2'));
    expect([...new Ledger(0).writes()]).toEqual([]);
  });

  it('loses nothing when it grows, whatever is completed when', () => {
    const write = fc.record({
      writer: fc.nat({ max: 2 }),
      outcome: fc.option(fc.constantFrom(...OUTCOMES), { nil: null }),
    });
    // Past the first capacity of one writer (1,024), and past its double.
    const runs = fc.array(write, { minLength: 3000, maxLength: 8000, size: 'max' });
    fc.assert(
      fc.property(runs, (writes) => {
        const ledger = new Ledger(3);
        const expected: Map<number, unknown>[] = [new Map(), new Map(), new Map()];
        for (const [at, { writer, outcome }] of writes.entries()) {
          const sequence = ledger.invoke(writer, at);
          if (outcome !== null) ledger.complete(writer, sequence, outcome, at + 0.5);
          const end = outcome === null ? Number.POSITIVE_INFINITY : at + 0.5;
          expected[writer]?.set(sequence, [at, end, outcome ?? 'unknown']);
        }
        const found = [new Map(), new Map(), new Map()];
        for (const { writer, sequence, invokedMs, completedMs, outcome } of ledger.writes()) {
          found[writer]?.set(sequence, [invokedMs, completedMs, outcome]);
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  it('holds a million writes in less than 40 MB', { timeout: 60_000 }, () => {
    const before = memory();
    const ledger = new Ledger(4);
    for (let at = 0; at < 1_000_000; at += 1) {
      ledger.complete(at % 4, ledger.invoke(at % 4, at), 'acknowledged', at + 1);
    }
    const after = memory();
    expect(ledger.attempted(3)).toBe(250_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(40 * MB);
    // Nothing but the arrays: an object a write would be 50 MB and more.
    expect(after.heapUsed - before.heapUsed).toBeLessThan(10 * MB);
    let [count, last] = [0, 0];
    for (const { completedMs } of ledger.writes()) {
      count += 1;
      last = Math.max(last, completedMs);
    }
    expect([count, last]).toEqual([1_000_000, 1_000_000]);
  });
});
