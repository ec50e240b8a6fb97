import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Candidate, chooseHeir } from '../../../src/plan/choose-heir.js';

const OLD = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

const candidate = (name: string, offset: number, id = OLD): Candidate => ({ name, id, offset });

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
  ['nobody of none', [], OLD, null],
  ['nobody of none, whatever the id', [], null, null],
])('%s', (_, candidates, masterId, heir) => {
  expect(chooseHeir(candidates, masterId)?.name ?? null).toBe(heir);
});

it('does not depend on the order in which the candidates answer', () => {
  const some = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('redis-2', 'redis-3', 'redis-10', 'redis-11'),
      id: fc.constantFrom(OLD, OTHER),
      offset: fc.nat({ max: 3 }),
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
      const heir = chooseHeir(one, masterId);
      expect(chooseHeir(other, masterId)).toEqual(heir);
      const behind = one.filter(({ id, offset }) => id === heir?.id && offset > heir.offset);
      expect(behind).toEqual([]);
    }),
  );
});

it('leaves the list of candidates as it is', () => {
  const candidates = [candidate('redis-2', 1), candidate('redis-3', 2)];
  chooseHeir(candidates, OLD);
  expect(candidates.map(({ name }) => name)).toEqual(['redis-2', 'redis-3']);
});
