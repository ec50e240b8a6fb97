import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  chooseCandidate,
  furthest,
  lossByPriority,
  noCandidate,
} from '../../../src/plan/choose-candidate.js';

const OLD = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

const candidate = (
  name: string,
  offset: number,
  id = OLD,
  priority: number | null = 100,
): Candidate => ({ name, id, offset, priority });

it.each<[string, readonly Candidate[], string | null, string | null]>([
  [
    'the one that is furthest',
    [candidate('redis-2', 90), candidate('redis-3', 100), candidate('redis-4', 80)],
    OLD,
    'redis-3',
  ],
  [
    'offsets are numbers, not text',
    [candidate('redis-2', 9), candidate('redis-3', 10)],
    OLD,
    'redis-3',
  ],
  [
    'of equals the first by name, and 2 comes before 10',
    [candidate('redis-10', 100), candidate('redis-2', 100), candidate('redis-3', 100)],
    OLD,
    'redis-2',
  ],
  [
    'never one of another stream, however far it is',
    [candidate('redis-2', 10), candidate('redis-3', 999, OTHER)],
    OLD,
    'redis-2',
  ],
  ['nobody, if all are of another stream', [candidate('redis-2', 10, OTHER)], OLD, null],
  [
    'without the master’s id: the furthest, if all agree',
    [candidate('redis-2', 10, OTHER), candidate('redis-3', 20, OTHER)],
    null,
    'redis-3',
  ],
  [
    'without the master’s id: nobody, if they disagree',
    [candidate('redis-2', 10), candidate('redis-3', 20), candidate('redis-4', 30, OTHER)],
    null,
    null,
  ],
  ['without the master’s id: the only one', [candidate('redis-2', 0)], null, 'redis-2'],
  [
    'of equals the one of the lowest priority number',
    [candidate('redis-2', 9), candidate('redis-3', 9, OLD, 10), candidate('redis-4', 9, OLD, null)],
    OLD,
    'redis-3',
  ],
  [
    'what is lost counts more than the priority',
    [candidate('redis-2', 9, OLD, 1), candidate('redis-3', 10)],
    OLD,
    'redis-3',
  ],
  [
    'never one of priority 0, however far it is',
    [candidate('redis-2', 9), candidate('redis-3', 10, OLD, 0)],
    OLD,
    'redis-2',
  ],
  ['nobody, if all have priority 0', [candidate('redis-2', 9, OLD, 0)], null, null],
  ['nobody of none', [], OLD, null],
  ['nobody of none, whatever the id', [], null, null],
])('%s', (_, candidates, masterId, chosen) => {
  expect(chooseCandidate(candidates, masterId)?.name ?? null).toBe(chosen);
});

it('does not depend on the order in which the candidates answer', () => {
  const some = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('redis-2', 'redis-3', 'redis-10', 'redis-11'),
      id: fc.constantFrom(OLD, OTHER),
      offset: fc.nat({ max: 3 }),
      priority: fc.constantFrom(null, 0, 100, 101),
    }),
    { selector: ({ name }) => name },
  );
  const shuffled = some.chain((candidates) =>
    fc.tuple(
      fc.constant(candidates),
      fc.shuffledSubarray(candidates, { minLength: candidates.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, fc.constantFrom(OLD, null), ([one, other], masterId) => {
      const chosen = chooseCandidate(one, masterId);
      expect(chooseCandidate(other, masterId)).toEqual(chosen);
      const behind = one.filter(
        ({ id, offset, priority }) => id === chosen?.id && priority !== 0 && offset > chosen.offset,
      );
      expect(behind).toEqual([]);
    }),
  );
});

it('leaves the list of candidates as it is', () => {
  const candidates = [candidate('redis-2', 1), candidate('redis-3', 2)];
  chooseCandidate(candidates, OLD);
  expect(candidates.map(({ name }) => name)).toEqual(['redis-2', 'redis-3']);
});

describe('where all have priority 0', () => {
  const barred = [candidate('redis-2', 9, OLD, 0), candidate('redis-3', 10, OLD, 0)];

  it('the furthest is known all the same', () => {
    expect(furthest(barred, OLD)?.name).toBe('redis-3');
    expect(furthest(barred, OTHER)).toBeNull();
  });

  it('the way out is the name', () => {
    expect(noCandidate(barred, null, { topology: 'demo', operation: 'promote' })).toMatchObject({
      message: 'no replica is promoted by itself: replica-priority is 0 on redis-2, redis-3',
      about: { code: 'only-by-name', node: 'redis-3' },
    });
  });
});

it('what only a replica of priority 0 has is said to be lost', () => {
  const [chosen, barred] = [candidate('redis-2', 9), candidate('redis-3', 10, OLD, 0)];
  expect(lossByPriority(chosen, [chosen, barred])).toBe(
    'redis-3 has replica-priority 0 and is 1 B ahead of redis-2: what only it has is lost',
  );
  expect(lossByPriority(chosen, [chosen, candidate('redis-3', 9, OLD, 0)])).toBeNull();
});
