import { beforeEach, describe, expect, it } from 'vitest';
import {
  askCandidates,
  follow,
  makeDurable,
  missingText,
  promote,
} from '../../../src/failover/promote.js';
import { ReplyError } from '../../../src/redis/node.js';
import { info, scripted } from '../../support/fake-redis.js';
import { rejection } from '../../support/run.js';
import { Trio } from './trio.js';

let trio: Trio;
beforeEach(() => {
  trio = new Trio();
});

const nextAndFollower = () => ({ next: trio.node('redis-2'), followers: [trio.node('redis-3')] });

describe('a promotion', () => {
  it('makes the candidate a master and that durable, then tells the others, then asks where it branched off', async () => {
    const promotion = await promote(nextAndFollower());
    expect(trio.calls).toEqual([
      'redis-2 REPLICAOF NO ONE',
      'redis-2 CONFIG REWRITE',
      'redis-3 REPLICAOF redis-2 6379',
      'redis-2 INFO replication',
    ]);
    expect(promotion).toEqual({
      master: 'redis-2',
      id: 'c'.repeat(40),
      oldId: 'a'.repeat(40),
      cut: 500,
      missing: [],
    });
  });

  it('says so as soon as the next master takes writes, before anybody else is told', async () => {
    const seen: string[] = [];
    await promote({ ...nextAndFollower(), onPromoted: () => seen.push(...trio.calls) });
    expect(seen).toEqual(['redis-2 REPLICAOF NO ONE']);
  });

  it('does not say so if the next master refuses', async () => {
    trio.failure = { at: 0, error: new ReplyError('NOPERM') };
    let promoted = false;
    const onPromoted = () => {
      promoted = true;
    };
    expect((await rejection(promote({ ...nextAndFollower(), onPromoted }))).message).toBe('NOPERM');
    expect(promoted).toBe(false);
    expect(trio.calls).toHaveLength(1);
  });

  it('tells every follower, even if one of them does not answer, and says who was not told', async () => {
    trio.silent.add('redis-1');
    const followers = [trio.node('redis-1'), trio.node('redis-3')];
    const { missing } = await promote({ next: trio.node('redis-2'), followers });
    expect(trio.state('redis-3').upstream).toBe('redis-2');
    expect(missing).toEqual([
      { node: 'redis-1', cause: expect.objectContaining({ message: 'no reply from redis-1' }) },
    ]);
  });

  it('tells the others also if the next master can not write its redis.conf, and says that it forgets', async () => {
    trio.failure = {
      at: 1,
      error: new ReplyError('ERR Rewriting config file: Read-only file system'),
    };
    const { missing } = await promote(nextAndFollower());
    expect(trio.state('redis-3').upstream).toBe('redis-2');
    expect(missing).toEqual([{ node: 'redis-2', cause: trio.failure?.error }]);
    expect(missingText('redis-2', missing)).toBe(
      'redis-2 is the master now, but not everybody knows: redis-2: ERR Rewriting config file: Read-only file system',
    );
  });

  it('without an older id the next master’s own offset is the cut', async () => {
    const next = scripted('redis-2', { REPLICAOF: 'OK', INFO: info({ offset: 77 }) });
    expect(await promote({ next: next, followers: [] })).toMatchObject({ oldId: null, cut: 77 });
  });
});

it('a node follows another by its name, at the port inside the network', async () => {
  await follow(trio.node('redis-3'), 'redis-2');
  expect(trio.calls).toEqual(['redis-3 REPLICAOF redis-2 6379']);
});

it('a role is made durable by CONFIG REWRITE', async () => {
  await makeDurable(trio.node('redis-3'));
  expect(trio.calls).toEqual(['redis-3 CONFIG REWRITE']);
});

describe('the candidates', () => {
  it('are the nodes that answer, with their place in the stream', async () => {
    trio.silent.add('redis-3');
    const found = await askCandidates([trio.node('redis-2'), trio.node('redis-3')]);
    expect(found.map(({ name, id, offset }) => ({ name, id, offset }))).toEqual([
      { name: 'redis-2', id: 'a'.repeat(40), offset: 500 },
    ]);
    expect(found[0]?.replication.link?.host).toBe('redis-1');
  });

  it('one that refuses the question is an error, not a node that is down', async () => {
    const locked = scripted('redis-3', { INFO: new ReplyError('NOAUTH Authentication required.') });
    const error = await rejection(askCandidates([trio.node('redis-2'), locked]));
    expect(error.message).toBe('NOAUTH Authentication required.');
  });
});
