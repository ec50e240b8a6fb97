import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Sampler } from '../../../src/drills/sampler.js';
import { NoReplyError, type RedisNode } from '../../../src/redis/node.js';
import { ID, type InfoWish, info, scripted } from '../../support/fake-redis.js';

interface Server {
  says: InfoWish | Error | ((asked: number) => InfoWish);
  fence: string;
  asked: number;
  closed: boolean;
}

let sampler: Sampler;
afterEach(() => sampler.stop());

/** Samples servers that say what stands in the returned table. */
function watch(...names: string[]): Record<string, Server> {
  const servers: Record<string, Server> = {};
  const nodes = names.map((name): RedisNode => {
    const mine: Server = { says: { upstream: 'redis-1' }, fence: '0', asked: 0, closed: false };
    servers[name] = mine;
    const node = scripted(name, {
      INFO: () => {
        mine.asked += 1;
        const says = typeof mine.says === 'function' ? mine.says(mine.asked) : mine.says;
        return says instanceof Error ? says : info(says);
      },
      CONFIG: (verb: string, setting: string) => {
        expect([verb, setting]).toEqual(['GET', 'min-replicas-to-write']);
        return [setting, mine.fence];
      },
    });
    const close = () => {
      mine.closed = true;
    };
    return { ...node, close };
  });
  sampler = new Sampler(nodes, () => performance.now());
  return servers;
}

/** Two rounds that began after this was called. */
async function rounds(count = 2): Promise<void> {
  const first = sampler.rounds;
  await vi.waitFor(() => expect(sampler.rounds).toBeGreaterThan(first + count), { timeout: 5000 });
}

const server = (servers: Record<string, Server>, name: string): Server => {
  const found = servers[name];
  if (found === undefined) throw new Error(`no server ${name}`);
  return found;
};

describe('who is master', () => {
  it('one master and its replicas are no conflict', async () => {
    const servers = watch('redis-1', 'redis-2', 'redis-3');
    server(servers, 'redis-1').says = {};
    sampler.start();
    await rounds();
    expect(sampler.conflicts).toEqual([]);
  });

  it('two masters are, with their names and the moment', async () => {
    const servers = watch('redis-1', 'redis-2', 'redis-3');
    server(servers, 'redis-1').says = {};
    server(servers, 'redis-3').says = {};
    const from = performance.now();
    sampler.start();
    await rounds();
    await sampler.stop();
    expect(sampler.conflicts).toHaveLength(sampler.rounds);
    const [first] = sampler.conflicts;
    expect(first?.masters).toEqual(['redis-1', 'redis-3']);
    expect(first?.atMs).toBeGreaterThanOrEqual(from);
    expect(first?.atMs).toBeLessThanOrEqual(performance.now());
  });

  it('a role that moves between the answers of one round is none', async () => {
    const servers = watch('redis-1', 'redis-2');
    // The old master was asked before the move, the new one after it.
    server(servers, 'redis-1').says = (asked) => (asked === 1 ? {} : { upstream: 'redis-2' });
    server(servers, 'redis-2').says = {};
    sampler.start();
    await rounds();
    expect(sampler.conflicts).toEqual([]);
  });

  it('one that is fenced does not count: it refuses writes', async () => {
    const servers = watch('redis-1', 'redis-2');
    Object.assign(server(servers, 'redis-1'), { says: {}, fence: '1000' });
    server(servers, 'redis-2').says = {};
    sampler.start();
    await rounds();
    expect(sampler.conflicts).toEqual([]);
    // But its offset is known: it still brackets the writes.
    expect(sampler.offsets.map(({ node }) => node)).toContain('redis-1');
    server(servers, 'redis-1').fence = '1';
    await rounds();
    expect(sampler.conflicts).not.toEqual([]);
  });

  it('one that does not answer is none', async () => {
    const servers = watch('redis-1', 'redis-2');
    server(servers, 'redis-1').says = new NoReplyError('cut');
    server(servers, 'redis-2').says = {};
    sampler.start();
    await rounds();
    expect(sampler.conflicts).toEqual([]);
    expect(new Set(sampler.offsets.map(({ node }) => node))).toEqual(new Set(['redis-2']));
  });
});

describe('offsets', () => {
  it('are those of masters, between the question and the answer', async () => {
    const servers = watch('redis-1', 'redis-2');
    server(servers, 'redis-1').says = { offset: 4711 };
    const from = performance.now();
    sampler.start();
    await rounds();
    await sampler.stop();
    expect(sampler.offsets).toHaveLength(sampler.rounds);
    for (const { node, id, offset, sentMs, receivedMs } of sampler.offsets) {
      expect([node, id, offset]).toEqual(['redis-1', ID, 4711]);
      expect(sentMs).toBeGreaterThanOrEqual(from);
      expect(receivedMs).toBeGreaterThanOrEqual(sentMs);
    }
    const times = sampler.offsets.map(({ sentMs }) => sentMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('a node that is known to be dead', () => {
  it('is not asked until it is back', async () => {
    const servers = watch('redis-1', 'redis-2');
    sampler.start();
    await rounds();
    sampler.exclude('redis-1');
    await rounds(1);
    const { asked } = server(servers, 'redis-1');
    await rounds();
    expect(server(servers, 'redis-1').asked).toBe(asked);
    expect(server(servers, 'redis-2').asked).toBeGreaterThan(asked);
    sampler.include('redis-1');
    await rounds();
    expect(server(servers, 'redis-1').asked).toBeGreaterThan(asked);
  });
});

describe('the end', () => {
  it('closes every connection and asks nobody any more', async () => {
    const servers = watch('redis-1', 'redis-2');
    sampler.start();
    await rounds();
    await sampler.stop();
    expect(Object.values(servers).map(({ closed }) => closed)).toEqual([true, true]);
    const { asked } = server(servers, 'redis-1');
    await sleep(40);
    expect(server(servers, 'redis-1').asked).toBe(asked);
  });

  it('may come before the beginning', async () => {
    const servers = watch('redis-1');
    await sampler.stop();
    expect(server(servers, 'redis-1')).toMatchObject({ asked: 0, closed: true });
  });
});
