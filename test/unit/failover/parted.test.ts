import { expect, test } from 'vitest';
import { partedAt } from '../../../src/failover/salvage.js';

const stream = (
  id: string,
  secondId: string | null = null,
  secondOffset: number | null = null,
) => ({
  id,
  secondId,
  secondOffset,
});

test.each([
  ['the master was promoted', stream('a'), stream('b', 'a', 11), 11],
  ['the other one was promoted', stream('b', 'a', 11), stream('a'), 11],
  ['both were', stream('b', 'x', 21), stream('c', 'x', 11), 11],
  ['they are one', stream('a'), stream('a'), null],
  ['nothing is in common', stream('a'), stream('b', 'x', 11), null],
  ['neither was promoted', stream('a'), stream('b'), null],
])('two streams parted where %s', (_, one, other, offset) => {
  expect(partedAt(one, other)).toBe(offset);
});
