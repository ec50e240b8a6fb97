/** The one way to a server's stream: it never makes a server begin a full resync. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseInfo } from '../../../src/redis/info.js';
import { parseReplication, type ReplicationInfo } from '../../../src/redis/replication-info.js';
import { attach, NoStreamError } from '../../../src/stream/attach.js';
import { type StreamPlace, Wire } from '../../../src/stream/wire.js';
import { ID, info } from '../../support/fake-redis.js';

const PLACE: StreamPlace = { name: 'redis-1', host: 'x', port: 0, login: null, authority: null };
const MASTER: ReplicationInfo = {
  ...parseReplication(parseInfo(info({}))),
  ...{ id: ID, secondId: 'c'.repeat(40), secondOffset: 80, offset: 100 },
  backlog: { active: true, size: 1000, firstByteOffset: 51, length: 50 },
};
const REPLICA = parseReplication(parseInfo(info({ upstream: 'redis-2', link: 'down' })));

/** What a server was sent. */
async function asked(id: string, next: number, replication: ReplicationInfo) {
  const socket = new PassThrough();
  const wire = new Wire(PLACE, socket);
  const result = attach(wire, { id, next }, replication).catch((error) => error);
  const sent = await Promise.race([
    result.then(() => ''),
    new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data)))),
  ]);
  wire.close();
  return { sent, error: await result };
}

describe('nothing is asked of a server that would answer with a full resync', () => {
  test.each([
    ['of another id', 'b'.repeat(40), 101, MASTER],
    ['of a place that it has not written', ID, 102, MASTER],
    ['of a place before its backlog', ID, 50, MASTER],
    ['of a place behind where it parted', 'c'.repeat(40), 81, MASTER],
    ['without a backlog', ID, 101, { ...MASTER, backlog: { ...MASTER.backlog, active: false } }],
    [
      'whose link is down',
      REPLICA.id,
      REPLICA.offset + 1,
      { ...MASTER, ...REPLICA, backlog: MASTER.backlog },
    ],
  ])('%s', async (_, id, next, replication) => {
    const { sent, error } = await asked(id, next, replication);
    expect(error).toBeInstanceOf(NoStreamError);
    expect(sent).toBe('');
  });

  test.each([101, 51])('what it can answer is asked for (from %i on)', async (next) => {
    expect((await asked(ID, next, MASTER)).sent).toContain('REPLCONF');
  });
});

test('no other code asks for a stream', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const asking = files
    .filter((file) => file.endsWith('.ts'))
    .filter((file) =>
      /(?:ask|askText|call|askAll|encodeCommand)\([^)]*'P?SYNC'/s.test(
        readFileSync(join('src', file), 'utf8'),
      ),
    );
  expect(asking).toEqual(['stream/attach.ts']);
});
