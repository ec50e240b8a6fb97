import { describe, expect, it } from 'vitest';
import { parseInfo } from '../../../src/redis/info.js';
import { parseReplication } from '../../../src/redis/replication-info.js';
import {
  REDIS_6_0_MASTER,
  REDIS_6_0_REPLICA,
  REDIS_7_0_REPLICA,
  REDIS_8_0_MASTER,
  VALKEY_8_1_MASTER,
  VALKEY_8_1_REPLICA,
} from './info-replies.js';

const read = (reply: string) => parseReplication(parseInfo(reply));

/** The reply with some of its fields changed, or added to the replication section. */
function withFields(reply: string, fields: Record<string, string | number>) {
  return parseReplication(new Map([...parseInfo(reply), ...Object.entries(fields).map(pair)]));
}
const pair = ([name, value]: [string, string | number]): [string, string] => [name, `${value}`];

describe('a master', () => {
  it('in full', () => {
    expect(read(REDIS_6_0_MASTER)).toEqual({
      role: 'master',
      id: '77c3c3d342a3b46ce86a4a76bad5b179a7fa9851',
      secondId: null,
      secondOffset: null,
      offset: 117,
      link: null,
      replicas: [
        { address: '192.168.64.3', port: 6379, state: 'online', offset: 117, lagSeconds: 1 },
      ],
      priority: null,
      backlog: { active: true, size: 1048576, firstByteOffset: 1, length: 117 },
    });
  });

  it.each([REDIS_8_0_MASTER, VALKEY_8_1_MASTER])('lists its replicas %#', (reply) => {
    expect(read(reply)).toMatchObject({
      role: 'master',
      offset: 130,
      replicas: [{ address: '192.168.64.3', port: 6379, state: 'online', offset: 130 }],
    });
  });

  it('remembers the id it had before its promotion', () => {
    const promoted = { master_replid2: 'a'.repeat(40), second_repl_offset: 131 };
    const info = withFields(REDIS_6_0_MASTER, promoted);
    expect(info).toMatchObject({ secondId: 'a'.repeat(40), secondOffset: 131 });
  });

  it('lists more than ten replicas, and one that announced no port', () => {
    const line = 'ip=10.0.0.9,port=0,state=wait_bgsave,offset=0,lag=0';
    const many = Array.from({ length: 12 }, (_, i) => [`slave${i}`, line]);
    const { replicas } = withFields(REDIS_6_0_MASTER, Object.fromEntries(many));
    expect(replicas).toHaveLength(12);
    expect(replicas[11]).toMatchObject({ port: 0, state: 'wait_bgsave' });
  });
});

describe('a replica', () => {
  it('of 6.0, in full', () => {
    expect(read(REDIS_6_0_REPLICA)).toMatchObject({
      role: 'replica',
      id: '77c3c3d342a3b46ce86a4a76bad5b179a7fa9851',
      offset: 117,
      link: {
        host: 'rnode-cm',
        port: 6379,
        up: true,
        syncing: false,
        readOffset: null,
        readOnly: true,
        lastHeardSeconds: 7,
        downSeconds: null,
        syncLeftBytes: null,
        syncPercent: null,
      },
      replicas: [],
    });
  });

  it.each([REDIS_7_0_REPLICA, VALKEY_8_1_REPLICA])(
    'knows what it read, from 7.0 on %#',
    (reply) => {
      expect(read(reply)).toMatchObject({ offset: 130, link: { up: true, readOffset: 130 } });
    },
  );

  it('whose link is down', () => {
    const { link } = withFields(REDIS_6_0_REPLICA, {
      master_link_status: 'down',
      master_last_io_seconds_ago: -1,
      master_link_down_since_seconds: 2,
    });
    expect(link).toMatchObject({ up: false, lastHeardSeconds: null, downSeconds: 2 });
  });

  it.each([-1, 1795382963])('whose link was never up: %i', (seconds) => {
    const { link } = withFields(REDIS_6_0_REPLICA, { master_link_down_since_seconds: seconds });
    expect(link?.downSeconds).toBeNull();
  });

  it('in a full resync whose size is not known yet', () => {
    const { link } = withFields(REDIS_7_0_REPLICA, {
      master_sync_in_progress: 1,
      master_sync_total_bytes: -1,
      master_sync_read_bytes: 0,
      master_sync_left_bytes: -1,
    });
    expect(link).toMatchObject({ syncing: true, syncLeftBytes: null, syncPercent: null });
  });

  it('in a full resync, with a share from 6.2 on and only the rest before', () => {
    const fields = { master_sync_in_progress: 1, master_sync_left_bytes: 3000 };
    const old = withFields(REDIS_6_0_REPLICA, fields).link;
    expect(old).toMatchObject({ syncLeftBytes: 3000, syncPercent: null });
    const sizes = { master_sync_total_bytes: 4000, master_sync_read_bytes: 1000 };
    const { link } = withFields(REDIS_7_0_REPLICA, { ...fields, ...sizes });
    expect(link).toMatchObject({ syncLeftBytes: 3000, syncPercent: 25 });
  });
});
