import { expect, test } from 'vitest';
import { lastSync } from '../../../src/live/last-sync.js';

const lines = (text: string) => text.trim().split('\n');

const REDIS_6_0 = lines(`
1:S 22 Nov 2026 20:42:26.280 * Connecting to MASTER redis-1:6379
1:S 22 Nov 2026 20:42:26.281 * MASTER <-> REPLICA sync started
1:S 22 Nov 2026 20:42:26.282 * Non blocking connect for SYNC fired the event.
1:S 22 Nov 2026 20:42:26.282 * Partial resynchronization not possible (no cached master)
1:S 22 Nov 2026 20:42:26.283 * Full resync from master: f5af6287a3576d3f5d80c0aba791917105df3703:0
1:S 22 Nov 2026 20:42:27.281 * MASTER <-> REPLICA sync: receiving 175 bytes from master to disk
1:S 22 Nov 2026 20:42:27.282 * MASTER <-> REPLICA sync: Flushing old data
1:S 22 Nov 2026 20:42:27.283 * MASTER <-> REPLICA sync: Finished with success
`);

const REDIS_7_0 = lines(`
1:S 02 Jan 2026 03:04:05.006 * MASTER <-> REPLICA sync: Finished with success
1:S 02 Jan 2026 03:05:05.006 * Connection with master lost.
1:S 02 Jan 2026 03:05:05.007 * Caching the disconnected master state.
1:S 02 Jan 2026 03:05:06.011 * Trying a partial resynchronization (request f5af6287:131).
1:S 02 Jan 2026 03:05:06.012 * Successful partial resynchronization with master.
1:S 02 Jan 2026 03:05:06.012 * MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.
`);

const REDIS_8_0 = lines(`
7:S 22 Nov 2026 20:42:27.282 * Done loading RDB, keys loaded: 3, keys expired: 0.
7:S 22 Nov 2026 20:42:27.283 * MASTER <-> REPLICA sync: Finished with success
`);

const VALKEY = lines(`
1:S 22 Nov 2026 20:42:27.283 * PRIMARY <-> REPLICA sync: Finished with success
1:S 22 Nov 2026 20:45:00.001 * Successful partial resynchronization with primary.
1:S 22 Nov 2026 20:45:00.001 * PRIMARY <-> REPLICA sync: Primary accepted a Partial Resynchronization.
`);

test.each([
  ['redis 6.0, full', REDIS_6_0, { kind: 'full', at: '2026-11-22T20:42:27.283Z' }],
  ['redis 7.0, partial after full', REDIS_7_0, { kind: 'partial', at: '2026-01-02T03:05:06.012Z' }],
  ['redis 8.0, full', REDIS_8_0, { kind: 'full', at: '2026-11-22T20:42:27.283Z' }],
  ['valkey, full', VALKEY.slice(0, 1), { kind: 'full', at: '2026-11-22T20:42:27.283Z' }],
  ['valkey, partial', VALKEY, { kind: 'partial', at: '2026-11-22T20:45:00.001Z' }],
  [
    'full after partial',
    [...REDIS_7_0, ...REDIS_8_0],
    { kind: 'full', at: '2026-11-22T20:42:27.283Z' },
  ],
])('%s', (_, log, expected) => {
  expect(lastSync(log)).toEqual(expected);
});

test.each([
  ['an empty log', []],
  [
    'a master',
    ['1:M 22 Nov 2026 20:42:27.283 * Synchronization with replica 10.0.0.3:6379 succeeded'],
  ],
  ['a sync that has begun', REDIS_6_0.slice(0, -1)],
  ['a partial one that was asked for', REDIS_7_0.slice(1, 4)],
  ['a line without a time', ['MASTER <-> REPLICA sync: Finished with success']],
])('none in %s', (_, log) => {
  expect(lastSync(log)).toBeNull();
});
