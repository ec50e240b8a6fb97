import { describe, expect, it } from 'vitest';
import { atRate, type NextSync, nextSync } from '../../../src/live/next-sync.js';
import { parseInfo } from '../../../src/redis/info.js';
import { parseReplication, type ReplicationInfo } from '../../../src/redis/replication-info.js';
import { type InfoWish, info } from '../../support/fake-redis.js';

const says = (wish: InfoWish): ReplicationInfo => parseReplication(parseInfo(info(wish)));

/** Has written 5,000 bytes and holds the last 2,000 of them. */
const MASTER: ReplicationInfo = {
  ...says({ offset: 5000 }),
  backlog: { active: true, size: 2000, firstByteOffset: 3001, length: 2000 },
};
const replica = (wish: InfoWish) => says({ upstream: 'redis-1', ...wish });

describe('the next synchronisation', () => {
  it.each<[string, InfoWish, Partial<NextSync>]>([
    ['in step: all of the backlog is room', { offset: 5000 }, { kind: 'partial', roomBytes: 2000 }],
    ['behind: what it lacks is no room', { offset: 4500 }, { kind: 'partial', roomBytes: 1500 }],
    ['at the end of the room', { offset: 3000 }, { kind: 'partial', roomBytes: 0 }],
    [
      'out of the backlog',
      { offset: 2999, link: 'down' },
      { kind: 'full', reason: 'the backlog begins 1 B after this offset', roomBytes: null },
    ],
    [
      'of another stream',
      { id: 'c'.repeat(40), offset: 5000, link: 'down' },
      { kind: 'full', reason: 'unknown replication id cccccccc (known: aaaaaaaa)' },
    ],
    [
      'ahead while attached: it was asked a moment after its upstream',
      { offset: 5100 },
      { kind: 'partial', roomBytes: 2000 },
    ],
    [
      'ahead while cut off',
      { offset: 5100, link: 'down' },
      { kind: 'full', reason: "it is 100 B ahead of the upstream's stream" },
    ],
  ])('%s', (_, wish, expected) => {
    expect(nextSync(replica(wish), MASTER)).toEqual({
      reason: null,
      roomBytes: null,
      bytesPerSecond: null,
      seconds: null,
      ...expected,
    });
  });

  it('a master has none', () => {
    expect(nextSync(MASTER, MASTER)).toBeNull();
  });

  it('one in the middle of a full resync has no place to come back to', () => {
    const { link, ...rest } = replica({ link: 'down' });
    if (link === null) throw new Error('no replica');
    expect(nextSync({ ...rest, link: { ...link, syncing: true } }, MASTER)).toBeNull();
  });
});

describe('at a write rate', () => {
  const partial: NextSync = {
    kind: 'partial',
    reason: null,
    roomBytes: 1000,
    bytesPerSecond: null,
    seconds: null,
  };

  it('the room lasts for a time', () => {
    expect(atRate(partial, 300)).toEqual({ ...partial, bytesPerSecond: 300, seconds: 3 });
  });

  it('without writes it lasts, for no time that could be named', () => {
    expect(atRate(partial, 0)).toEqual({ ...partial, bytesPerSecond: 0, seconds: null });
  });

  it('no room lasts for none', () => {
    const full = { ...partial, kind: 'full', reason: 'so', roomBytes: null } as const;
    expect(atRate(full, 300)).toEqual({ ...full, bytesPerSecond: 300, seconds: null });
  });
});
