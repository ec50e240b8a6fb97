import { describe, expect, it } from 'vitest';
import { type DiskCopy, diskCopy, loadsOlder, relation } from '../../../src/plan/copies.js';
import { ID } from '../../support/fake-redis.js';
import { type Given, NOW, nodesOf } from './nodes.js';

const AOF = 'appendonly yes\n';
const PLACE = { id: ID, offset: 7 };

function copyOf(given: Partial<Given>): DiskCopy {
  const [facts] = nodesOf({ 'redis-1': { file: null, state: 'exited', ...given } });
  const copy = facts && diskCopy(facts);
  if (!copy) throw new Error('a disk was asked for');
  return copy;
}

it('a server that answers is asked itself', () => {
  const [facts] = nodesOf({ 'redis-1': { file: null } });
  expect(facts && diskCopy(facts)).toBeNull();
});

describe('what would be loaded', () => {
  it.each<[string, Partial<Given>, DiskCopy['loads']]>([
    ['an RDB', { rdb: {} }, 'rdb'],
    ['an AOF', { aof: {}, conf: AOF }, 'aof'],
    ['of both, what its redis.conf says', { rdb: {}, aof: {} }, 'rdb'],
    ['of both, with an AOF turned on', { rdb: {}, aof: {}, conf: AOF }, 'aof'],
    // It never looks at the RDB.
    ['an RDB where an AOF is turned on', { rdb: {}, conf: AOF }, 'nothing'],
    ['an AOF where none is turned on', { aof: {} }, 'nothing'],
    ['nothing at all', {}, 'nothing'],
    ['an RDB without a redis.conf', { rdb: {}, aof: {}, noFile: true }, 'rdb'],
    ['an AOF without a redis.conf', { aof: {}, noFile: true }, 'aof'],
  ])('%s', (_, given, loads) => {
    expect(copyOf(given).loads).toBe(loads);
  });
});

describe('whether there is anything', () => {
  it.each<[string, Partial<Given>, boolean]>([
    ['no file', {}, true],
    ['an RDB with keys', { rdb: {} }, false],
    ['an RDB without', { rdb: { keys: 0 } }, true],
    ['an RDB that was not read so far', { rdb: { keys: null } }, false],
    ['an RDB that would not be loaded', { rdb: {}, conf: AOF }, false],
    ['an AOF beside an RDB without keys', { rdb: { keys: 0 }, aof: {}, conf: AOF }, false],
  ])('%s', (_, given, empty) => {
    expect(copyOf(given).empty).toBe(empty);
  });
});

describe('up to where', () => {
  const both = { rdb: { origin: PLACE }, aof: {}, conf: AOF };

  it.each<[string, Partial<Given>, DiskCopy['at']]>([
    ['an RDB says', { rdb: { origin: PLACE } }, PLACE],
    ['an RDB may not say', { rdb: {} }, null],
    ['an AOF does not say', { aof: {}, conf: AOF }, null],
    [
      'an AOF goes that was on at the end, an RDB says that was saved last',
      { ...both, end: { graceful: true, saved: true, aof: true } },
      PLACE,
    ],
    ['an AOF goes of which nothing tells how it ended, no RDB says', both, null],
    [
      'an AOF goes that was written later, no RDB says',
      { ...both, aof: { modifiedMs: NOW + 1 } },
      null,
    ],
    [
      'an AOF goes that was off at the end, no RDB says',
      { ...both, end: { graceful: true, saved: true, aof: false } },
      null,
    ],
  ])('%s', (_, given, at) => {
    expect(copyOf(given).at).toEqual(at);
  });
});

describe('whether it has all that its server had', () => {
  const end = (graceful: boolean, aof: boolean | null, saved: boolean | null) => ({
    end: { graceful, aof, saved },
  });

  it.each<[string, Partial<Given>, boolean | null]>([
    ['an RDB saved at a clean end', { rdb: {}, ...end(true, false, true) }, true],
    ['an RDB that a clean end did not save', { rdb: {}, ...end(true, false, false) }, false],
    ['an RDB of a server that was killed', { rdb: {}, ...end(false, null, null) }, false],
    ['an AOF that was on to the end', { aof: {}, conf: AOF, ...end(true, true, null) }, true],
    ['an AOF that was off at the end', { aof: {}, conf: AOF, ...end(true, false, null) }, false],
    ['an AOF of a server that was killed', { aof: {}, conf: AOF, ...end(false, null, null) }, null],
    ['an RDB, and nothing tells how it ended', { rdb: {} }, null],
    ['nothing', end(true, true, true), null],
  ])('%s', (_, given, complete) => {
    expect(copyOf(given).complete).toBe(complete);
  });
});

describe('how one copy stands to another', () => {
  const rdb = (wish: NonNullable<Given['rdb']>) => copyOf({ rdb: wish });
  const at = (offset: number, id = ID, createdMs = NOW) =>
    rdb({ origin: { id, offset }, createdMs });
  const from = (createdMs: number) => rdb({ createdMs });
  const OTHER = 'c'.repeat(40);

  it.each<[string, DiskCopy, DiskCopy, ReturnType<typeof relation>]>([
    ['an empty one to one with data', copyOf({}), at(1), 'behind'],
    ['one with data to an empty one', at(1), copyOf({}), 'ahead'],
    ['two empty ones', copyOf({}), copyOf({}), 'equal'],
    ['of one stream, a lower offset', at(1), at(2), 'behind'],
    ['of one stream, a higher offset, whenever it was written', at(2, ID, 0), at(1), 'ahead'],
    ['of one stream, the same offset', at(1), at(1, ID, 0), 'equal'],
    ['of two streams, written at the same time', at(1), at(9, OTHER), 'unknown'],
    ['of two streams, written earlier', at(9, ID, NOW - 2000), at(1, OTHER), 'behind'],
    ['of no known stream, written within a second', from(NOW), from(NOW + 1000), 'unknown'],
    ['of no known stream, written later', from(NOW + 1001), from(NOW), 'ahead'],
  ])('%s', (_, one, other, found) => {
    expect(relation(one, other)).toBe(found);
  });
});

it('is told in words', () => {
  const { text } = copyOf({ rdb: { origin: PLACE, keys: 1 }, aof: {} });
  expect(text).toBe(
    'RDB of 2026-01-01 12:00:00, 1 key, offset 7 of aaaaaaaa; AOF last written 2026-01-01 12:00:00',
  );
  expect(copyOf({}).text).toBe('no data');
});

describe('whether it would load the older of two', () => {
  const LATER = { modifiedMs: NOW + 60_000 };
  const both = { rdb: LATER, aof: {}, conf: AOF };

  it.each<[string, Partial<Given>, boolean]>([
    ['an AOF, and the RDB was saved a minute later', both, true],
    [
      'the same, and the AOF was on at the end',
      { ...both, end: { graceful: true, saved: true, aof: true } },
      false,
    ],
    ['the same, and the RDB has no keys', { ...both, rdb: { ...LATER, keys: 0 } }, false],
    ['an AOF and an RDB of the same moment', { ...both, rdb: {} }, false],
    ['an RDB that is newer than an AOF', { rdb: LATER, aof: {} }, false],
    ['an AOF alone', { aof: {}, conf: AOF }, false],
  ])('%s', (_, given, older) => {
    const [facts] = nodesOf({ 'redis-1': { file: null, state: 'exited', ...given } });
    expect(facts && loadsOlder(facts)).toBe(older);
  });
});
