import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, type Death, type Findings } from '../../../src/drills/checker.js';
import type { WriteOutcome } from '../../../src/drills/ledger.js';
import type { OffsetSample } from '../../../src/drills/sampler.js';
import { history, type Row } from '../../support/ledgers.js';

/** Answered two milliseconds later. */
const sample = (sentMs: number, offset: number): OffsetSample => ({
  node: 'redis-1',
  id: 'a'.repeat(40),
  sentMs,
  receivedMs: sentMs + 2,
  offset,
});

const NO_CUT: Death = { atMs: 1000, cut: null };

describe('what became of every write', () => {
  it('all is well', () => {
    const rows: Row[] = [
      ['acknowledged', 1],
      ['acknowledged', 1],
      ['refused', 0],
      ['unknown', 0],
    ];
    const { ledger, presence } = history([rows, []]);
    expect(check(ledger, presence, NO_CUT)).toEqual({
      writes: {
        attempted: 4,
        acknowledged: 2,
        refused: 1,
        unknown: 1,
        unconfirmed: 0,
        lost: 0,
        recovered: 0,
        resurrected: 0,
        duplicates: 0,
      },
      lostBeyondCut: null,
      lostBeforeCut: null,
      lostAfterDeath: 0,
      firstLostMs: null,
    });
  });

  it.each<[string, Row, Partial<Findings['writes']>]>([
    ['acknowledged and absent: lost', ['acknowledged', 0], { acknowledged: 3, lost: 1 }],
    ['unknown and present: recovered', ['unknown', 1], { unknown: 1, recovered: 1 }],
    ['unknown and absent: as if never sent', ['unknown', 0], { unknown: 1 }],
    [
      'unconfirmed and present: recovered',
      ['unconfirmed', 1],
      { unknown: 1, unconfirmed: 1, recovered: 1 },
    ],
    ['unconfirmed and absent: not lost', ['unconfirmed', 0], { unknown: 1, unconfirmed: 1 }],
    ['refused and present: resurrected', ['refused', 1], { refused: 1, resurrected: 1 }],
    ['acknowledged and there twice: a duplicate', ['acknowledged', 2], { duplicates: 1 }],
    [
      'unknown and there three times: two duplicates',
      ['unknown', 3],
      { unknown: 1, recovered: 1, duplicates: 2 },
    ],
  ])('%s', (_, row, found) => {
    const { ledger, presence } = history([[['acknowledged', 1]], [['acknowledged', 1], row]]);
    const acknowledged = row[0] === 'acknowledged' ? 3 : 2;
    expect(check(ledger, presence, NO_CUT).writes).toEqual({
      attempted: 3,
      acknowledged,
      refused: 0,
      unknown: 0,
      unconfirmed: 0,
      lost: 0,
      recovered: 0,
      resurrected: 0,
      duplicates: 0,
      ...found,
    });
  });

  it('strays are duplicates: nobody wrote them', () => {
    const { ledger, presence } = history([[['acknowledged', 1]]], 3);
    expect(check(ledger, presence, NO_CUT).writes).toMatchObject({ lost: 0, duplicates: 3 });
  });

  it('a writer of which the node holds nothing has lost all', () => {
    const { ledger, presence } = history([[['acknowledged', 1]], [['acknowledged', 1]]]);
    const without = { ...presence, counts: presence.counts.slice(0, 1) };
    expect(check(ledger, without, NO_CUT).writes.lost).toBe(1);
  });

  it('the first loss is the one that was acknowledged first, whichever writer had it', () => {
    const { ledger, presence } = history([
      [
        ['acknowledged', 1, 1, 2],
        ['acknowledged', 0, 40, 50],
      ],
      [
        ['acknowledged', 0, 20, 30],
        ['refused', 0, 3, 4],
      ],
    ]);
    expect(check(ledger, presence, NO_CUT).firstLostMs).toBe(30);
  });
});

describe('a loss explained', () => {
  // The new master branched off at 300. Samples of the old master: 100 at 10 ms, 200 at 20 ms, …
  const samples = [sample(10, 100), sample(20, 200), sample(30, 300), sample(40, 400)];
  const death = (more: Partial<Death> = {}): Death => ({
    atMs: 50,
    cut: { offset: 300, samples },
    ...more,
  });

  it.each<[string, number, 'before' | 'beyond']>([
    ['acknowledged before a sample that the new master had reached: it had it once', 19, 'before'],
    ['in the very moment of that sample’s question', 30, 'before'],
    ['just after it, and the next sample lies beyond: it may never have had it', 30.1, 'beyond'],
    ['before a sample beyond the cut', 39, 'beyond'],
    ['after the last sample: nothing bounds it', 41, 'beyond'],
  ])('%s', (_, completedMs, where) => {
    const { ledger, presence } = history([[['acknowledged', 0, 5, completedMs]]]);
    expect(check(ledger, presence, death())).toMatchObject({
      lostBeyondCut: where === 'beyond' ? 1 : 0,
      lostBeforeCut: where === 'before' ? 1 : 0,
      lostAfterDeath: 0,
    });
  });

  it('counts from when a sample was asked for, not from its answer', () => {
    // Asked at 30 and answered at 32: a write acknowledged at 31 may have come after it.
    const { ledger, presence } = history([[['acknowledged', 0, 5, 31]]]);
    expect(check(ledger, presence, death())).toMatchObject({ lostBeforeCut: 0, lostBeyondCut: 1 });
  });

  it('without samples nothing is certain', () => {
    const { ledger, presence } = history([[['acknowledged', 0, 5, 6]]]);
    const found = check(ledger, presence, death({ cut: { offset: 300, samples: [] } }));
    expect(found).toMatchObject({ lostBeforeCut: 0, lostBeyondCut: 1 });
  });

  it('only what was lost is explained', () => {
    const { ledger, presence } = history([
      [
        ['acknowledged', 1, 5, 6],
        ['unknown', 0, 7, 8],
        ['unconfirmed', 0, 7, 8],
      ],
    ]);
    expect(check(ledger, presence, death())).toMatchObject({ lostBeforeCut: 0, lostBeyondCut: 0 });
  });

  it.each([
    ['after a promotion', death()],
    ['after a restart', death({ cut: null })],
  ])('what the survivor itself acknowledged has no excuse, %s', (_, of) => {
    const { ledger, presence } = history([
      [
        ['acknowledged', 1, 60, 61],
        ['acknowledged', 0, 62, 63],
      ],
    ]);
    expect(check(ledger, presence, of)).toMatchObject({
      lostBeyondCut: of.cut === null ? null : 0,
      lostBeforeCut: of.cut === null ? null : 0,
      lostAfterDeath: 1,
    });
  });

  it('what was begun before the death and answered after it was the old master’s', () => {
    const { ledger, presence } = history([[['acknowledged', 0, 49, 51]]]);
    expect(check(ledger, presence, death())).toMatchObject({ lostBeyondCut: 1, lostAfterDeath: 0 });
  });
});

/** The same in the plainest words, slow and without cleverness. */
function plainly(writers: readonly (readonly Row[])[], strays: number, { atMs, cut }: Death) {
  const all = writers.flat().map(([outcome, copies, invokedMs = 0, completedMs = 0]) => ({
    outcome,
    copies,
    invokedMs,
    completedMs,
  }));
  const of = (...outcomes: WriteOutcome[]) => all.filter((it) => outcomes.includes(it.outcome));
  const present = (writes: typeof all) => writes.filter(({ copies }) => copies > 0);
  const lost = of('acknowledged').filter(({ copies }) => copies === 0);
  const late = lost.filter(({ invokedMs }) => invokedMs >= atMs);
  const had = lost.filter((it) => {
    const next = cut?.samples.find(({ sentMs }) => sentMs >= it.completedMs);
    return !late.includes(it) && next !== undefined && cut !== null && next.offset <= cut.offset;
  });
  return {
    writes: {
      attempted: all.length,
      acknowledged: of('acknowledged').length,
      refused: of('refused').length,
      unknown: of('unknown', 'unconfirmed').length,
      unconfirmed: of('unconfirmed').length,
      lost: lost.length,
      recovered: present(of('unknown', 'unconfirmed')).length,
      resurrected: present(of('refused')).length,
      duplicates: present(all).reduce((sum, { copies }) => sum + copies - 1, strays),
    },
    lostBeyondCut: cut && lost.length - had.length - late.length,
    lostBeforeCut: cut && had.length,
    lostAfterDeath: late.length,
    firstLostMs: lost.length === 0 ? null : Math.min(...lost.map((it) => it.completedMs)),
  };
}

describe('any history', () => {
  const time = fc.integer({ min: 0, max: 50 });
  const row = fc
    .tuple(
      fc.constantFrom<WriteOutcome>('acknowledged', 'refused', 'unknown', 'unconfirmed'),
      fc.nat({ max: 3 }),
      time,
      time,
    )
    .map(([outcome, copies, began, took]): Row => [outcome, copies, began, began + took]);
  const writers = fc.array(fc.array(row), { maxLength: 4 });
  const samples = fc.array(fc.tuple(time, time), { maxLength: 12 }).map((pairs) => {
    const times = pairs.map(([sentMs]) => sentMs).sort((a, b) => a - b);
    const offsets = pairs.map(([, offset]) => offset).sort((a, b) => a - b);
    return times.map((sentMs, at) => sample(sentMs, offsets[at] ?? 0));
  });
  const cut = fc.option(fc.record({ offset: time, samples }), { nil: null });

  it('is accounted for as the plainest reading has it', () => {
    fc.assert(
      fc.property(writers, fc.nat({ max: 3 }), time, cut, (rows, strays, atMs, of) => {
        const { ledger, presence } = history(rows, strays);
        const death = { atMs, cut: of };
        expect(check(ledger, presence, death)).toEqual(plainly(rows, strays, death));
      }),
      { numRuns: 500 },
    );
  });
});
