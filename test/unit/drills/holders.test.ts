import { describe, expect, it, test } from 'vitest';
import { FencedResource, holdersAfter, holdersSeen } from '../../../src/drills/holders.js';

test.each([
  [true, 'nothing', 'A and B hold it'],
  [false, 'nothing', 'B holds it'],
  [true, 'all', 'A holds it'],
  // A has given it up, but what it gave up may have been promoted.
  [false, 'all', 'unclear'],
  [true, 'unclear', 'unclear'],
  [false, 'unclear', 'unclear'],
] as const)('A keeps it: %s, what is promoted has %s of it', (keeps, promoted, holders) => {
  expect(holdersAfter(keeps, promoted)).toBe(holders);
});

test('what is foretold and what is seen are said in the same words', () => {
  expect(holdersSeen(['B', 'A'])).toBe(holdersAfter(true, 'nothing'));
  expect(holdersSeen(['B'])).toBe(holdersAfter(false, 'nothing'));
  expect(holdersSeen(['A'])).toBe(holdersAfter(true, 'all'));
  expect(holdersSeen([])).toBe('nobody holds it');
});

describe('a fenced resource', () => {
  it('refuses a token below the highest that it has seen', () => {
    const resource = new FencedResource();
    expect(resource.write(1).taken).toBe(true);
    expect(resource.write(3).taken).toBe(true);
    expect(resource.write(2)).toEqual({ taken: false, reply: 'refused: 3 was seen' });
    expect(resource.write(4).taken).toBe(true);
  });

  it('cannot tell two holders with the same token apart', () => {
    const resource = new FencedResource();
    expect([resource.write(1), resource.write(1)].every(({ taken }) => taken)).toBe(true);
  });

  it('issues tokens that rise, whatever is written', () => {
    const resource = new FencedResource();
    expect(resource.issue()).toBe(1);
    resource.write(1);
    expect([resource.issue(), resource.issue()]).toEqual([2, 3]);
  });
});
