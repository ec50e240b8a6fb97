import { describe, expect, it } from 'vitest';
import {
  parseInfo,
  parseKeyspace,
  parsePersistence,
  parseServer,
  parseSyncCounters,
} from '../../../src/redis/info.js';
import {
  REDIS_6_0_MASTER,
  REDIS_6_0_REPLICA,
  REDIS_7_0_REPLICA,
  REDIS_8_0_MASTER,
  VALKEY_8_1_MASTER,
} from './info-replies.js';

describe('parseInfo', () => {
  it('reads fields, keeps colons in values, skips sections and empty lines', () => {
    const info = parseInfo('# Server\r\nredis_version:6.0.16\r\n\r\nos:a:b\r\nempty:\r\n');
    expect([...info]).toEqual([
      ['redis_version', '6.0.16'],
      ['os', 'a:b'],
      ['empty', ''],
    ]);
  });
});

describe('parseServer', () => {
  it.each([
    [REDIS_6_0_REPLICA, 'redis', '6.0.16'],
    [REDIS_7_0_REPLICA, 'redis', '7.0.15'],
    [REDIS_8_0_MASTER, 'redis', '8.0.2'],
    [VALKEY_8_1_MASTER, 'valkey', '8.1.1'],
  ])('tells product and version %#', (reply, product, version) => {
    expect(parseServer(parseInfo(reply))).toMatchObject({ product, version });
  });

  it('tells one start of the process from another', () => {
    expect(parseServer(parseInfo(REDIS_6_0_MASTER))).toMatchObject({
      runId: '5da897877dc5a87dab3c273dd367e8af835b01e7',
      uptimeSeconds: 9,
      loading: false,
    });
  });

  it('refuses what is no INFO', () => {
    expect(() => parseServer(parseInfo('hello'))).toThrow('INFO lacks redis_version');
  });
});

describe('counters', () => {
  it('reads the resyncs that a master served', () => {
    const counters = parseSyncCounters(parseInfo(VALKEY_8_1_MASTER));
    expect(counters).toEqual({ full: 1, partialOk: 0, partialErr: 0 });
  });

  it('reads persistence', () => {
    expect(parsePersistence(parseInfo(REDIS_6_0_MASTER))).toEqual({
      rdbLastSaveOk: true,
      rdbSaving: false,
      forks: null,
      rdbChangesSinceSave: 2,
      aofEnabled: false,
      aofRewriting: false,
      aofLastWriteOk: true,
      aofLastRewriteOk: true,
    });
    expect(parsePersistence(parseInfo(REDIS_8_0_MASTER)).forks).toBe(1);
  });
});

describe('parseKeyspace', () => {
  it.each([
    [REDIS_6_0_MASTER, null],
    [REDIS_8_0_MASTER, 0],
  ])('lists the databases in use %#', (reply, withFieldExpiry) => {
    expect([...parseKeyspace(parseInfo(reply))]).toEqual([
      [0, { keys: 1, withExpiry: 0, withFieldExpiry }],
      [3, { keys: 1, withExpiry: 1, withFieldExpiry }],
    ]);
  });

  it('lists nothing for an empty server', () => {
    expect(parseKeyspace(parseInfo('# Keyspace\r\n')).size).toBe(0);
  });
});
