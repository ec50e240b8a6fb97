import { expect, test } from 'vitest';
import { placeWords, reachOf } from '../../../src/drills/stretch.js';

const STRETCH = { id: 'a', from: 100, to: 150 };

test.each([
  [99, 'nothing'],
  [100, 'nothing'],
  [101, 'unclear'],
  [149, 'unclear'],
  [150, 'all'],
  [151, 'all'],
] as const)('a replica at %i has %s of it', (offset, reach) => {
  expect(reachOf({ id: 'a', offset }, STRETCH)).toBe(reach);
});

test('offsets of another stream say nothing', () => {
  expect(reachOf({ id: 'b', offset: 200 }, STRETCH)).toBe('unclear');
});

test('in words', () => {
  expect(placeWords('redis-2', { id: 'a', offset: 1100 }, { id: 'a', from: 1200, to: 1250 })).toBe(
    'offsets 1,200 to 1,250; redis-2 is at 1,100',
  );
});
