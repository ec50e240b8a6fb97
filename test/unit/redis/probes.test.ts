import { describe, expect, it } from 'vitest';
import { DeadlineError } from '../../../src/errors.js';
import { askNode } from '../../../src/redis/ask.js';
import { NoReplyError, ReplyError } from '../../../src/redis/node.js';
import { passBarrier, waitForLink, waitForPong } from '../../../src/redis/probes.js';
import { fakeNode, inTurn, limits } from './fake-node.js';
import { REDIS_6_0_MASTER, REDIS_6_0_REPLICA } from './info-replies.js';

const master = fakeNode('redis-1', () => REDIS_6_0_MASTER);
const addresses = ['192.168.64.3'];

function replicaThatSays(...replies: unknown[]) {
  return fakeNode('redis-2', inTurn(...replies));
}

const atOffset = (offset: number) =>
  REDIS_6_0_REPLICA.replace('slave_repl_offset:117', `slave_repl_offset:${offset}`);

describe('askNode', () => {
  it('reads everything from one INFO', async () => {
    const calls: unknown[] = [];
    const node = fakeNode('redis-1', (...call) => {
      calls.push(call);
      return REDIS_6_0_MASTER;
    });
    const facts = await askNode(node);
    expect(calls).toEqual([['INFO']]);
    expect(facts).toMatchObject({
      server: { version: '6.0.16' },
      replication: { role: 'master', offset: 117 },
      syncs: { full: 1 },
      persistence: { aofEnabled: false },
    });
    expect([...facts.databases.keys()]).toEqual([0, 3]);
  });
});

describe('waitForPong', () => {
  it('waits out refused connections and loading', async () => {
    const node = replicaThatSays(new NoReplyError('x'), new ReplyError('LOADING x'), 'PONG');
    await waitForPong(node, limits(1000));
  });

  it('tells once what a server answers while it is busy', async () => {
    const busy = new ReplyError('BUSY x', 'redis-2');
    const seen: string[] = [];
    const onProgress = (text: string) => seen.push(text);
    const node = replicaThatSays(busy, busy, new ReplyError('LOADING y', 'redis-2'), 'PONG');
    await waitForPong(node, { ...limits(1000), onProgress });
    expect(seen).toEqual(['BUSY x', 'LOADING y']);
  });

  it('says what kept it waiting', async () => {
    const node = replicaThatSays(new NoReplyError('no reply from redis-2 to PING: ECONNREFUSED'));
    await expect(waitForPong(node, limits(15))).rejects.toThrow(
      'waiting for PONG from redis-2; no reply from redis-2 to PING: ECONNREFUSED',
    );
  });
});

describe('waitForLink', () => {
  it('waits for both sides and tells each new sight once', async () => {
    const syncing = REDIS_6_0_REPLICA.replace('sync_in_progress:0', 'sync_in_progress:1');
    const seen: string[] = [];
    const replica = replicaThatSays(syncing, syncing, REDIS_6_0_REPLICA);
    const onProgress = (text: string) => seen.push(text);
    await waitForLink(master, replica, { ...limits(1000), addresses, onProgress });
    expect(seen).toEqual(['full resync']);
  });

  it('does not believe a replica that its upstream does not list', async () => {
    const replica = replicaThatSays(REDIS_6_0_REPLICA);
    const options = { ...limits(30), addresses: ['10.0.0.1'] };
    await expect(waitForLink(master, replica, options)).rejects.toThrow(
      'redis-2 to replicate from redis-1 (seen: link up, but its upstream says: not attached)',
    );
  });
});

describe('passBarrier', () => {
  it('waits until the replica has applied what its upstream had', async () => {
    const replica = replicaThatSays(atOffset(103), atOffset(116), atOffset(131));
    const barrier = await passBarrier(master, replica, limits(1000));
    expect(barrier.offset).toBe(117);
    expect(barrier.waitedMs).toBeGreaterThan(0);
  });

  it('is not passed by a higher offset under another id', async () => {
    const other = atOffset(500).replace(/master_replid:\w+/, `master_replid:${'b'.repeat(40)}`);
    const failure = passBarrier(master, replicaThatSays(other), limits(15));
    await expect(failure).rejects.toThrow(DeadlineError);
    await expect(failure).rejects.toThrow('seen: another replication id, bbbb');
  });

  it('says how far the replica got', async () => {
    const failure = passBarrier(master, replicaThatSays(atOffset(103)), limits(15));
    await expect(failure).rejects.toThrow(/redis-2 to reach offset 117 of 77c3\w+ \(seen: 103\)/);
  });

  it('does not begin without the upstream', async () => {
    const dead = fakeNode('redis-1', inTurn(new NoReplyError('ECONNREFUSED')));
    await expect(passBarrier(dead, master, limits(15))).rejects.toThrow(NoReplyError);
  });
});
