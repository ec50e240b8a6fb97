import { describe, expect, it, test } from 'vitest';
import { securityOf } from '../../../src/access/access.js';
import type { LiveNode } from '../../../src/live/live-topology.js';
import type { NextSync } from '../../../src/live/next-sync.js';
import type { NodeStatus } from '../../../src/live/status.js';
import {
  type Look,
  measureWriteRates,
  rateBetween,
  withWriteRates,
} from '../../../src/live/write-rates.js';
import { NoReplyError } from '../../../src/redis/node.js';
import { info } from '../../support/fake-redis.js';
import { fakeNode, inTurn } from '../redis/fake-node.js';

const OPEN = securityOf(null);

describe('between two looks', () => {
  const before: Look = { id: 'a', offset: 1000, atMs: 50 };

  it.each<[string, Look, number | null]>([
    ['bytes a second', { id: 'a', offset: 3000, atMs: 150 }, 20_000],
    ['nothing', { ...before, atMs: 150 }, 0],
    ['a PING is no write', { id: 'a', offset: 1014, atMs: 150 }, 0],
    ['one byte more is', { id: 'a', offset: 1015, atMs: 150 }, 150],
    ['another stream: not known', { id: 'b', offset: 3000, atMs: 150 }, null],
    ['a stream that began anew: not known', { id: 'a', offset: 900, atMs: 150 }, null],
  ])('%s', (_, after, rate) => {
    expect(rateBetween(before, after)).toBe(rate);
  });
});

test('only nodes that answer twice have a rate', async () => {
  const node = (name: string, ...replies: unknown[]) =>
    ({
      name,
      redis: fakeNode(name, inTurn(...replies)),
      container: { state: 'running' },
    }) as unknown as LiveNode;
  const rates = await measureWriteRates([
    node('idle', info({ offset: 1000 })),
    node('busy', info({ offset: 1000 }), info({ offset: 900_000 })),
    node('gone', info({}), new NoReplyError('cut')),
    node('dead', new NoReplyError('refused')),
  ]);
  expect([...rates.keys()].sort()).toEqual(['busy', 'idle']);
  expect(rates.get('idle')).toBe(0);
  expect(rates.get('busy')).toBeGreaterThan(0);
});

test('a node that is paused is not asked: it would not answer', async () => {
  const redis = fakeNode('paused', () => new Promise(() => {}));
  const paused = { name: 'paused', redis, container: { state: 'paused' } } as unknown as LiveNode;
  expect((await measureWriteRates([paused])).size).toBe(0);
});

test("each replica has the rate of its own upstream's stream", () => {
  const nextSync: NextSync = {
    kind: 'partial',
    reason: null,
    roomBytes: 1000,
    bytesPerSecond: null,
    seconds: null,
  };
  const node = (name: string, upstream: string | null, next: NextSync | null) =>
    ({ name, upstream, nextSync: next }) as NodeStatus;
  const nodes = [
    node('redis-1', null, null),
    node('redis-2', 'redis-1', nextSync),
    node('redis-3', 'redis-2', nextSync),
    node('redis-4', 'redis-5', nextSync),
  ];
  const rates = new Map([
    ['redis-1', 100],
    ['redis-2', 0],
  ]);
  const rated = withWriteRates(
    { topology: 'demo', url: null, security: OPEN, health: 'well', nodes },
    rates,
  ).nodes;
  expect(rated.map(({ nextSync: next }) => next?.bytesPerSecond)).toEqual([
    undefined,
    100,
    0,
    null,
  ]);
  expect(rated.map(({ nextSync: next }) => next?.seconds)).toEqual([undefined, 10, null, null]);
});
