import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentile } from '../../../src/drills/percentile.js';

it.each([
  [50, 5],
  [90, 9],
  [91, 10],
  [99, 10],
  [100, 10],
  [0, 1],
])('of ten values the %ith is %i', (percent, expected) => {
  expect(percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent)).toBe(expected);
});

it('is null where nothing was measured', () => {
  expect(percentile([], 50)).toBeNull();
});

it('is a value that was measured, with enough of the others at or below it', () => {
  const values = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (measured, percent) => {
      const found = percentile(measured, percent) ?? Number.NaN;
      expect(measured).toContain(found);
      const below = measured.filter((value) => value <= found).length;
      expect(below / measured.length).toBeGreaterThanOrEqual(percent / 100);
    }),
  );
});
