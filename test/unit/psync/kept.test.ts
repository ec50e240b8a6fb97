import { describe, expect, it } from 'vitest';
import { type Disk, type Kept, keptAfter, type Stop } from '../../../src/psync/memory.js';

const RDB = { id: 'a'.repeat(40), offset: 1000 };
const NONE: Disk = { aof: false, savePoints: false, rdb: null };
const OLD_RDB: Disk = { ...NONE, rdb: RDB };
const SAVES: Disk = { ...OLD_RDB, savePoints: true };
const AOF: Disk = { ...SAVES, aof: true };

describe('what of its data a server has again', () => {
  it.each<[string, Disk, Stop, Kept]>([
    ['without persistence', NONE, 'graceful', 'nothing'],
    ['without persistence', NONE, 'SIGKILL', 'nothing'],
    ['without persistence', NONE, 'SHUTDOWN NOSAVE', 'nothing'],
    ['without persistence, but told to save', NONE, 'SHUTDOWN SAVE', 'all by RDB'],
    ['with the RDB of a replica it once fed', OLD_RDB, 'graceful', 'its last RDB'],
    ['with the RDB of a replica it once fed', OLD_RDB, 'SIGKILL', 'its last RDB'],
    ['with save points', SAVES, 'graceful', 'all by RDB'],
    ['with save points', { ...SAVES, rdb: null }, 'graceful', 'all by RDB'],
    ['with save points', SAVES, 'SIGKILL', 'its last RDB'],
    ['with save points, never saved', { ...SAVES, rdb: null }, 'SIGKILL', 'nothing'],
    ['with save points, told not to save', SAVES, 'SHUTDOWN NOSAVE', 'its last RDB'],
    ['with an AOF', AOF, 'graceful', 'all by AOF'],
    ['with an AOF', AOF, 'SIGKILL', 'all by AOF'],
    ['with an AOF', AOF, 'SHUTDOWN NOSAVE', 'all by AOF'],
  ])('%s %j, %s: %s', (_, disk, stop, kept) => {
    expect(keptAfter(disk, stop)).toBe(kept);
  });
});
