/** Asking and waiting, on a real master and replica. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeadlineError } from '../../src/errors.js';
import { askNode } from '../../src/redis/ask.js';
import { NoReplyError, ReplyError } from '../../src/redis/node.js';
import { passBarrier, waitForLink, waitForPong } from '../../src/redis/probes.js';
import { type Pair, startPair } from '../unit/redis/docker-servers.js';
import { limits } from '../unit/redis/fake-node.js';

let pair: Pair;

const inSync = () =>
  waitForLink(pair.master, pair.replica, { ...limits(30_000), addresses: [pair.address] });

beforeAll(async () => {
  pair = await startPair('rnode-probe', 17420);
  await inSync();
});

afterAll(() => pair?.remove());

test('both sides tell the same link', async () => {
  const [master, replica] = await Promise.all([askNode(pair.master), askNode(pair.replica)]);
  expect(master.replication).toMatchObject({
    role: 'master',
    link: null,
    replicas: [{ address: pair.address, port: 6379, state: 'online' }],
  });
  expect(replica.replication).toMatchObject({
    role: 'replica',
    id: master.replication.id,
    link: { host: 'rnode-probe-master', port: 6379, up: true, syncing: false, readOnly: true },
  });
  expect(master.syncs.full).toBe(1);
  expect(replica.server.runId).not.toBe(master.server.runId);
});

test('a refused write is a ReplyError', async () => {
  const write = pair.replica.call('SET', 'k', 'v');
  await expect(write).rejects.toThrow(ReplyError);
  await expect(write).rejects.toMatchObject({ replyCode: 'READONLY' });
});

test('what was written before a barrier is on the replica after it', async () => {
  for (let i = 0; i < 50; i++) {
    await pair.master.call('SET', 'counter', i);
    await passBarrier(pair.master, pair.replica, limits(5000));
    expect(await pair.replica.call('GET', 'counter')).toBe(`${i}`);
  }
});

test('a link that was killed is told as down and comes back', async () => {
  await pair.master.call('CONFIG', 'SET', 'maxclients', 1);
  await pair.replica.call('CLIENT', 'KILL', 'TYPE', 'master');
  const wait = { ...limits(300), addresses: [pair.address] };
  await expect(waitForLink(pair.master, pair.replica, wait)).rejects.toThrow(
    'replica to replicate from master (seen: link down)',
  );
  await pair.master.call('CONFIG', 'SET', 'maxclients', 1000);
  await inSync();
  expect((await askNode(pair.master)).syncs.partialOk).toBe(1);
});

test('a paused server gives no reply; once it goes on, it answers again', async () => {
  await pair.container('pause', 'replica');
  await expect(waitForPong(pair.replica, limits(300))).rejects.toThrow(DeadlineError);
  await expect(pair.replica.call('PING')).rejects.toThrow(NoReplyError);
  await pair.container('unpause', 'replica');
  await waitForPong(pair.replica, limits(5000));
});

test('a barrier is not passed by a promoted replica', async () => {
  await pair.replica.call('REPLICAOF', 'NO', 'ONE');
  const barrier = passBarrier(pair.master, pair.replica, limits(200));
  await expect(barrier).rejects.toThrow('another replication id');
  await pair.replica.call('REPLICAOF', 'rnode-probe-master', 6379);
  await inSync();
});
