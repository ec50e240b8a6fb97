import { describe, expect, it, test } from 'vitest';
import { type Disk, masterAfter, replicaAfter, type Stop } from '../../../src/psync/memory.js';
import { nextRequest, predictResync, type Source } from '../../../src/psync/predict.js';
import type { ServerFacts } from '../../../src/redis/info.js';

const ID = 'a'.repeat(40);
const NOW = { id: ID, offset: 5000 };
const SAVED = { id: ID, offset: 1000 };

const DISK: Disk = { aof: false, savePoints: false, rdb: SAVED };
const NO_RDB = { ...DISK, rdb: null };
const SAVE_POINTS = { ...DISK, savePoints: true };
const AOF = { ...SAVE_POINTS, aof: true };

describe('a replica that is started again asks for what follows', () => {
  test.each<[string, Disk, Stop, typeof NOW]>([
    ['its RDB, if nothing saves at a stop', DISK, 'graceful', SAVED],
    ['its RDB, killed', DISK, 'SIGKILL', SAVED],
    ['its RDB, killed, whatever its save points', SAVE_POINTS, 'SIGKILL', SAVED],
    ['all, if save points make the stop save', SAVE_POINTS, 'graceful', NOW],
    ['all, if it was told to save', DISK, 'SHUTDOWN SAVE', NOW],
    ['all, also if it had no RDB before', NO_RDB, 'SHUTDOWN SAVE', NOW],
    ['its RDB, if it was told not to save', SAVE_POINTS, 'SHUTDOWN NOSAVE', SAVED],
  ])('%s', (_, disk, stop, has) => {
    expect(replicaAfter(disk, stop, NOW)).toEqual({ id: ID, next: has.offset + 1 });
  });

  test.each<[string, Disk, Stop, RegExp]>([
    ['an AOF', AOF, 'graceful', /from an AOF/],
    ['an AOF, saved or not', AOF, 'SHUTDOWN SAVE', /from an AOF/],
    ['no RDB', NO_RDB, 'graceful', /without an RDB/],
    ['no RDB, killed', { ...NO_RDB, savePoints: true }, 'SIGKILL', /without an RDB/],
  ])('nothing after %s', (_, disk, stop, why) => {
    expect(replicaAfter(disk, stop, NOW)).toEqual({ forgot: expect.stringMatching(why) });
  });
});

const server = (product: ServerFacts['product'], version: string): ServerFacts => ({
  product,
  version,
  runId: '',
  uptimeSeconds: 0,
  loading: false,
});
const REDIS_6_0 = server('redis', '6.0.16');
const REDIS_6_2 = server('redis', '6.2.14');
const REDIS_7_0 = server('redis', '7.0.15');
const REDIS_8_0 = server('redis', '8.0.2');
const VALKEY = server('valkey', '8.1.1');

const BEFORE: Source = {
  id: ID,
  secondId: 'b'.repeat(40),
  secondOffset: 101,
  offset: NOW.offset,
  backlog: { active: true, size: 1_048_576, firstByteOffset: 1, length: NOW.offset },
};

describe('a master that is started again', () => {
  /** What becomes of a replica that was in step, and of one at the RDB's offset. */
  test.each<[string, ServerFacts, Disk, Stop, 'partial' | 'full', 'partial' | 'full']>([
    ['redis 6.0, saved', REDIS_6_0, SAVE_POINTS, 'graceful', 'full', 'full'],
    ['redis 6.2, saved', REDIS_6_2, SAVE_POINTS, 'SHUTDOWN SAVE', 'full', 'full'],
    ['redis 7.0, saved', REDIS_7_0, SAVE_POINTS, 'graceful', 'partial', 'full'],
    ['redis 8.0, saved', REDIS_8_0, DISK, 'SHUTDOWN SAVE', 'partial', 'full'],
    ['valkey, saved', VALKEY, SAVE_POINTS, 'graceful', 'partial', 'full'],
    [
      'redis 7.0, killed after an RDB and more writes',
      REDIS_7_0,
      DISK,
      'SIGKILL',
      'full',
      'partial',
    ],
    ['redis 7.0, stopped without saving', REDIS_7_0, DISK, 'graceful', 'full', 'partial'],
    ['redis 7.0, no RDB', REDIS_7_0, NO_RDB, 'SIGKILL', 'full', 'full'],
    ['redis 7.0, AOF', REDIS_7_0, AOF, 'graceful', 'full', 'full'],
    ['valkey, AOF', VALKEY, AOF, 'SHUTDOWN SAVE', 'full', 'full'],
  ])('%s', (_, facts, disk, stop, inStep, atTheRdb) => {
    const source = masterAfter(facts, disk, stop, BEFORE);
    expect(predictResync(nextRequest(NOW), source).kind).toBe(inStep);
    expect(predictResync(nextRequest(SAVED), source).kind).toBe(atTheRdb);
  });

  it('goes on from its RDB under another id, with an empty backlog', () => {
    const after = masterAfter(REDIS_7_0, DISK, 'SIGKILL', BEFORE);
    expect(after).toMatchObject({ secondId: ID, secondOffset: 1001, offset: 1000 });
    expect(after.backlog).toEqual({
      active: true,
      size: 1_048_576,
      firstByteOffset: 1001,
      length: 0,
    });
    expect(after.id).not.toBe(ID);
  });

  it('begins at 0 if it remembers nothing', () => {
    expect(masterAfter(REDIS_6_0, SAVE_POINTS, 'graceful', BEFORE)).toMatchObject({
      secondId: null,
      secondOffset: null,
      offset: 0,
      backlog: { active: true, firstByteOffset: 1, length: 0 },
    });
  });
});
