import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Acknowledged, backwards } from '../../../src/drills/staleness.js';

/** Value n was acknowledged at 10 n. */
const history = (values: number): Acknowledged => {
  const acknowledged = new Acknowledged();
  for (let value = 1; value <= values; value += 1) acknowledged.note(10 * value);
  return acknowledged;
};

describe('the staleness of an answer', () => {
  it('is none if it has all that was acknowledged when the read was sent', () => {
    expect(history(3).judge(3, 3, 35)).toEqual({ behind: 0, ageMs: 0 });
  });

  it('is none if it is newer than that', () => {
    expect(history(5).judge(4, 3, 35)).toEqual({ behind: 0, ageMs: 0 });
    expect(history(3).judge(4, 3, 35)).toEqual({ behind: 0, ageMs: 0 });
  });

  it('counts from when the first write that it lacks was acknowledged', () => {
    expect(history(5).judge(2, 5, 51)).toEqual({ behind: 3, ageMs: 21 });
    expect(history(1).judge(0, 1, 10.5)).toEqual({ behind: 1, ageMs: 0.5 });
  });

  it('does not count what was acknowledged after the read was sent', () => {
    expect(history(5).judge(2, 3, 32)).toEqual({ behind: 1, ageMs: 2 });
  });

  it('is none before the first write', () => {
    expect(new Acknowledged().judge(0, 0, 5)).toEqual({ behind: 0, ageMs: 0 });
  });

  it('numbers the writes as they are noted', () => {
    const acknowledged = new Acknowledged();
    expect([acknowledged.newest, acknowledged.note(1), acknowledged.newest]).toEqual([0, 1, 1]);
  });
});

describe('reads that go backwards', () => {
  it.each([
    [[], 0],
    [[1, 1, 2], 0],
    [[2, 1], 1],
    [[5, 1, 2, 5], 2],
    [[1, 0, 2, 0, 3, 0], 3],
  ])('in %j there are %i', (values, expected) => {
    expect(backwards(values)).toBe(expected);
  });

  it('are none in what only grows, and all but the first in what only shrinks', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { minLength: 1 }), (values) => {
        const growing = [...values].sort((a, b) => a - b);
        expect(backwards(growing)).toBe(0);
        expect(backwards(growing.reverse())).toBe(values.length - 1);
      }),
    );
  });
});
