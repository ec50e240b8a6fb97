import { describe, expect, it } from 'vitest';
import {
  describeResync,
  linesAfter,
  type ResyncLogs,
  resyncMs,
} from '../../../src/live/resyncs.js';

const lines = (text: string) => text.trim().split('\n');

/** What the two sides logged, word for word, on redis 6.0.16, 7.0.15, 8.0.2 and valkey 8.1.1. */
const PARTIAL_6_0 = {
  address: '192.168.16.3',
  upstream: lines(`
1:M 22 Nov 2026 22:09:36.299 * Replica 192.168.16.3:6379 asks for synchronization
1:M 22 Nov 2026 22:09:36.300 * Partial resynchronization request from 192.168.16.3:6379 accepted. Sending 1234 bytes of backlog starting from offset 51.
`),
  replica: lines(`
1:S 22 Nov 2026 22:09:36.299 * MASTER <-> REPLICA sync started
1:S 22 Nov 2026 22:09:36.299 * Non blocking connect for SYNC fired the event.
1:S 22 Nov 2026 22:09:36.299 * Trying a partial resynchronization (request 3384d21f4844188157fff9f429c8167c3b919931:51).
1:S 22 Nov 2026 22:09:36.300 * Successful partial resynchronization with master.
1:S 22 Nov 2026 22:09:36.300 * MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.
`),
};

const BACKLOG_7_0 = {
  address: '192.168.192.3',
  upstream: lines(`
1:M 22 Nov 2026 22:10:03.802 * Replica 192.168.192.3:6379 asks for synchronization
1:M 22 Nov 2026 22:10:03.802 * Unable to partial resync with replica 192.168.192.3:6379 for lack of backlog (Replica request was: 262973).
1:M 22 Nov 2026 22:10:03.802 * Starting BGSAVE for SYNC with target: disk
1:M 22 Nov 2026 22:10:03.860 * Synchronization with replica 192.168.192.3:6379 succeeded
`),
  replica: lines(`
1:S 22 Nov 2026 22:10:03.794 * MASTER <-> REPLICA sync started
1:S 22 Nov 2026 22:10:03.799 * Non blocking connect for SYNC fired the event.
1:S 22 Nov 2026 22:10:03.802 * Trying a partial resynchronization (request f18f66f857918d34d7c02f0b51418a2045bbcee3:262973).
1:S 22 Nov 2026 22:10:03.803 * Full resync from master: f18f66f857918d34d7c02f0b51418a2045bbcee3:525894
1:S 22 Nov 2026 22:10:03.860 * MASTER <-> REPLICA sync: receiving 39079 bytes from master to disk
1:S 22 Nov 2026 22:10:03.860 * Discarding previously cached master state.
1:S 22 Nov 2026 22:10:03.860 * MASTER <-> REPLICA sync: Flushing old data
1:S 22 Nov 2026 22:10:03.861 * MASTER <-> REPLICA sync: Loading DB in memory
1:S 22 Nov 2026 22:10:03.944 * MASTER <-> REPLICA sync: Finished with success
`),
};

const MISMATCH_8_0 = {
  address: '172.25.0.3',
  upstream: lines(`
1:M 22 Nov 2026 22:10:34.555 * Replica 172.25.0.3:6379 asks for synchronization
1:M 22 Nov 2026 22:10:34.555 * Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '5ff3049178be639e13138011f7de327998f668f8', my replication IDs are '8fb90cdb53b2e3aca86984c40ad8a7960cbde799' and '80da821fa71db20d6a310c6f010080edbf48c07a')
1:M 22 Nov 2026 22:10:34.555 * Replica 172.25.0.3:6379 is capable of rdb channel synchronization, and partial sync isn't possible. Full sync will continue with dedicated rdb channel.
1:M 22 Nov 2026 22:10:34.558 * Replica 172.25.0.3:6379 asks for synchronization
1:M 22 Nov 2026 22:10:34.558 * Full resync requested by replica 172.25.0.3:6379 (rdb-channel)
1:M 22 Nov 2026 22:10:34.558 * Starting BGSAVE for SYNC with target: replicas sockets (rdb-channel)
1:M 22 Nov 2026 22:10:34.571 * Synchronization with replica 172.25.0.3:6379 succeeded
`),
  replica: lines(`
1:S 22 Nov 2026 22:10:34.555 * Trying a partial resynchronization (request 5ff3049178be639e13138011f7de327998f668f8:525945).
1:S 22 Nov 2026 22:10:34.557 * PSYNC is not possible, initialize RDB channel.
1:S 22 Nov 2026 22:10:34.563 * MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to disk
1:S 22 Nov 2026 22:10:34.566 * Discarding previously cached master state.
1:S 22 Nov 2026 22:10:34.568 * MASTER <-> REPLICA sync: Flushing old data
1:S 22 Nov 2026 22:10:34.571 * MASTER <-> REPLICA sync: Finished with success
1:S 22 Nov 2026 22:10:34.571 * MASTER <-> REPLICA sync: Starting to stream replication buffer into the db (0 bytes).
`),
};

const PARTIAL_VALKEY = {
  address: '192.168.0.3',
  upstream: lines(`
1:M 22 Nov 2026 22:10:50.353 * Partial resynchronization request from 192.168.0.3:6379 accepted. Sending 0 bytes of backlog starting from offset 525918.
`),
  replica: lines(`
1:S 22 Nov 2026 22:10:50.353 * Trying a partial resynchronization (request c32b0561c0255be711cbae99875a5727176277fd:525918).
1:S 22 Nov 2026 22:10:50.353 * Successful partial resynchronization with primary.
1:S 22 Nov 2026 22:10:50.353 * PRIMARY <-> REPLICA sync: Primary accepted a Partial Resynchronization.
`),
};

const MISMATCH_VALKEY = {
  address: '192.168.0.3',
  upstream: lines(`
1:M 22 Nov 2026 22:10:52.878 * Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '4475ed1b00d6c333caa90e7d3d16c98f3e02c880', my replication IDs are '3079e8da1ea964078cfa41848131bb48a316ef7b' and 'c32b0561c0255be711cbae99875a5727176277fd')
1:M 22 Nov 2026 22:10:52.878 * Starting BGSAVE for SYNC with target: disk using: normal sync
`),
  replica: lines(`
1:S 22 Nov 2026 22:10:52.871 * Trying a partial resynchronization (request 4475ed1b00d6c333caa90e7d3d16c98f3e02c880:525968).
1:S 22 Nov 2026 22:10:52.879 * Full resync from primary: 3079e8da1ea964078cfa41848131bb48a316ef7b:525967
1:S 22 Nov 2026 22:10:52.959 * PRIMARY <-> REPLICA sync: receiving 39084 bytes from primary to disk
1:S 22 Nov 2026 22:10:52.982 * PRIMARY <-> REPLICA sync: Finished with success
`),
};

const FIRST_6_0 = {
  address: '192.168.16.3',
  upstream: lines(`
1:M 22 Nov 2026 22:09:33.092 * Replica 192.168.16.3:6379 asks for synchronization
1:M 22 Nov 2026 22:09:33.092 * Full resync requested by replica 192.168.16.3:6379
1:M 22 Nov 2026 22:09:33.092 * Replication backlog created, my new replication IDs are '3384d21f4844188157fff9f429c8167c3b919931' and '0000000000000000000000000000000000000000'
`),
  replica: lines(`
1:S 22 Nov 2026 22:09:33.092 * Partial resynchronization not possible (no cached master)
1:S 22 Nov 2026 22:09:33.093 * Full resync from master: 3384d21f4844188157fff9f429c8167c3b919931:0
1:S 22 Nov 2026 22:09:33.158 * MASTER <-> REPLICA sync: receiving 176 bytes from master to disk
1:S 22 Nov 2026 22:09:33.164 * MASTER <-> REPLICA sync: Finished with success
`),
};

const describeIt = (logs: ResyncLogs) => {
  const { node, ...rest } = describeResync('redis-2', logs);
  expect(node).toBe('redis-2');
  return rest;
};

describe('what a resynchronisation cost, and why', () => {
  it.each([
    ['redis 6.0, partial', PARTIAL_6_0, { kind: 'partial', bytes: 1234, reason: null }],
    [
      'valkey, partial, nothing missed',
      PARTIAL_VALKEY,
      { kind: 'partial', bytes: 0, reason: null },
    ],
    [
      'redis 6.0, the first: none was refused',
      FIRST_6_0,
      { kind: 'full', bytes: 176, reason: null },
    ],
    [
      'redis 7.0, full for lack of backlog',
      BACKLOG_7_0,
      { kind: 'full', bytes: 39079, reason: 'for lack of backlog (Replica request was: 262973).' },
    ],
    [
      'redis 8.0, full for another id, streamed, so of no known size',
      MISMATCH_8_0,
      {
        kind: 'full',
        bytes: null,
        reason:
          "Replication ID mismatch (Replica asked for '5ff3049178be639e13138011f7de327998f668f8', my replication IDs are '8fb90cdb53b2e3aca86984c40ad8a7960cbde799' and '80da821fa71db20d6a310c6f010080edbf48c07a')",
      },
    ],
    [
      'valkey, full for another id',
      MISMATCH_VALKEY,
      {
        kind: 'full',
        bytes: 39084,
        reason:
          "Replication ID mismatch (Replica asked for '4475ed1b00d6c333caa90e7d3d16c98f3e02c880', my replication IDs are '3079e8da1ea964078cfa41848131bb48a316ef7b' and 'c32b0561c0255be711cbae99875a5727176277fd')",
      },
    ],
  ] as const)('%s', (_, logs, found) => {
    expect(describeIt(logs)).toEqual(found);
  });

  it('full because the offset lies beyond the branch: src/replication.c, since 4.0', () => {
    const reason = 'Requested offset for second ID was 262973, but I can reply up to 262900';
    const upstream = [
      `1:M 22 Nov 2026 22:10:03.802 * Partial resynchronization not accepted: ${reason}`,
    ];
    expect(describeIt({ ...BACKLOG_7_0, upstream })).toMatchObject({ kind: 'full', reason });
  });

  it('none, if the log tells of none', () => {
    expect(describeIt({ address: null, replica: [], upstream: PARTIAL_6_0.upstream })).toEqual({
      kind: null,
      bytes: null,
      reason: null,
    });
  });

  it('of several the last', () => {
    const replica = [...BACKLOG_7_0.replica, ...PARTIAL_6_0.replica];
    const upstream = [...BACKLOG_7_0.upstream, ...PARTIAL_6_0.upstream];
    expect(describeIt({ address: '192.168.16.3', replica, upstream })).toEqual({
      kind: 'partial',
      bytes: 1234,
      reason: null,
    });
    expect(
      describeIt({
        address: '192.168.16.3',
        replica: [...PARTIAL_6_0.replica, ...BACKLOG_7_0.replica],
        upstream: [...PARTIAL_6_0.upstream, ...BACKLOG_7_0.upstream],
      }),
    ).toMatchObject({ kind: 'full', bytes: 39079 });
  });
});

describe('one upstream, several replicas', () => {
  const other = (line: string, address: string) => line.replaceAll('192.168.16.3', address);

  it('the bytes are those sent to this one', () => {
    const upstream = [
      ...PARTIAL_6_0.upstream,
      // Its address begins like the other's.
      ...PARTIAL_6_0.upstream.map((line) => other(line, '192.168.16.30').replace('1234', '5678')),
    ];
    expect(describeIt({ ...PARTIAL_6_0, upstream }).bytes).toBe(1234);
    expect(describeIt({ ...PARTIAL_6_0, upstream, address: '192.168.16.30' }).bytes).toBe(5678);
    expect(describeIt({ ...PARTIAL_6_0, upstream, address: '192.168.16.4' }).bytes).toBeNull();
    expect(describeIt({ ...PARTIAL_6_0, upstream, address: null }).bytes).toBeNull();
  });

  it('the reason is the one that this one was given, whoever was refused last', () => {
    const upstream = [...BACKLOG_7_0.upstream, ...MISMATCH_8_0.upstream];
    expect(describeIt({ ...BACKLOG_7_0, upstream }).reason).toContain('for lack of backlog');
    expect(describeIt({ ...MISMATCH_8_0, upstream }).reason).toContain('Replication ID mismatch');
    expect(describeIt({ ...FIRST_6_0, upstream }).reason).toBeNull();
  });
});

describe('the lines after a fault', () => {
  const log = ['one', 'two', 'three'];

  it.each<[string, readonly string[], string | undefined, readonly string[]]>([
    ['those after the line that was the last one then', log, 'two', ['three']],
    ['none, if it still is', log, 'three', []],
    ['all, if there was no line', log, undefined, log],
    ['all, if the line is gone: the log was cut', log, 'nought', log],
    ['those after the last of equal lines', ['one', 'two', 'one', 'three'], 'one', ['three']],
    ['none of none', [], 'one', []],
  ])('%s', (_, all, marker, after) => {
    expect(linesAfter(all, marker)).toEqual(after);
  });
});

describe('how long it took', () => {
  it.each([
    ['partial, redis 6.0', PARTIAL_6_0.replica, 1],
    ['full, redis 7.0', BACKLOG_7_0.replica, 150],
    ['of several the last', [...PARTIAL_6_0.replica, ...BACKLOG_7_0.replica], 150],
    ['the next attempt aside', [...PARTIAL_6_0.replica, ...BACKLOG_7_0.replica.slice(0, 3)], 1],
    ['nothing, if none succeeded', BACKLOG_7_0.replica.slice(0, -1), null],
    ['nothing, if its start is not in the log', BACKLOG_7_0.replica.slice(1), null],
    ['nothing of nothing', [], null],
  ])('%s', (_, log, ms) => {
    expect(resyncMs(log)).toBe(ms);
  });

  it('an attempt that came to nothing is not part of it', () => {
    const failed = BACKLOG_7_0.replica
      .slice(0, 3)
      .map((line) => line.replace('22:10:03', '22:09:59'));
    expect(resyncMs([...failed, ...BACKLOG_7_0.replica])).toBe(150);
  });
});
