/** Writers that go on while a topology is changed: they write to whichever node is the master. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { check } from '../../src/drills/checker.js';
import { Ledger } from '../../src/drills/ledger.js';
import { Load } from '../../src/drills/load.js';
import { readBack, removeLists } from '../../src/drills/read-back.js';
import { askNode } from '../../src/redis/ask.js';
import type { RedisNode } from '../../src/redis/node.js';
import { inSync, masterOf, withLive } from './live.js';

const WRITERS = 4;
const LEAST_WRITES = 200;

export interface UnderLoad {
  readonly acknowledged: number;
  readonly lost: number;
}

/** Does the work under load and returns what became of the writes. */
export async function underLoad(name: string, work: () => Promise<unknown>): Promise<UnderLoad> {
  const runId = randomBytes(4).toString('hex');
  const ledger = new Ledger(WRITERS);
  await withLive(name, async (live) => {
    const clock = () => performance.now();
    const options = { run: runId, seed: 1, ratePerSecond: 4000, wait: 0, ledger, clock };
    const load = new Load(null, { ...options, connect: live.connect });
    const followed = new AbortController();
    const following = followMaster(live.nodes, load, followed.signal);
    const attempted = () => ledger.attempted(0);
    const more = async () => {
      const before = attempted();
      const enough = () => expect(attempted()).toBeGreaterThan(before + LEAST_WRITES);
      await vi.waitFor(enough, { timeout: 20_000, interval: 5 });
    };
    load.start();
    try {
      await more();
      await work();
      await more();
    } finally {
      await load.stop();
      followed.abort();
      await following;
    }
  });
  return withLive(name, async (live) => {
    const master = await masterOf(live);
    await inSync(live, master);
    const alive = { atMs: Number.POSITIVE_INFINITY, cut: null };
    const { writes } = check(ledger, await readBack(master.redis, runId, 1, ledger), alive);
    await removeLists(master.redis, runId, WRITERS);
    return writes;
  });
}

/** Clients find the master by asking: nobody tells them when the role moves. */
async function followMaster(
  nodes: readonly { readonly name: string; readonly redis: RedisNode }[],
  load: Load,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const { name, redis } of nodes) {
      const facts = await askNode(redis).catch(() => null);
      if (facts?.replication.role === 'master') load.pointTo(name);
    }
    await sleep(5);
  }
}
