/** How fast streams grow: two looks at each node's offset, a moment apart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { askReplication } from '../redis/ask.js';
import type { RedisNode } from '../redis/node.js';
import type { LiveNode } from './live-topology.js';
import { atRate } from './next-sync.js';
import type { TopologyStatus } from './status.js';

/** Bytes a second, by node; those that did not answer twice are not in it. */
export type WriteRates = ReadonlyMap<string, number>;

/** Long enough to see a load, short enough not to be waited for. */
const APART_MS = 20;

export interface Look {
  readonly id: string;
  readonly offset: number;
  readonly atMs: number;
}

export async function measureWriteRates(nodes: readonly LiveNode[]): Promise<WriteRates> {
  const rates = new Map<string, number>();
  await Promise.all(
    nodes.map(async ({ name, redis, container }) => {
      // One that is paused would answer when nobody waits any more.
      if (container?.state !== 'running') return;
      const rate = await measure(redis).catch(() => null);
      if (rate !== null) rates.set(name, rate);
    }),
  );
  return rates;
}

async function measure(redis: RedisNode): Promise<number | null> {
  const before = await look(redis);
  await sleep(APART_MS);
  return rateBetween(before, await look(redis));
}

async function look(redis: RedisNode): Promise<Look> {
  const { id, offset } = await askReplication(redis);
  return { id, offset, atMs: performance.now() };
}

/** A master without writes sends PINGs, `repl-ping-replica-period` (at least 1 s) apart. */
const PING_BYTES = '*1\r\n$4\r\nPING\r\n'.length;

/** Null if these are two streams. */
export function rateBetween(before: Look, after: Look): number | null {
  const written = after.offset - before.offset;
  if (after.id !== before.id || written < 0) return null;
  if (written <= PING_BYTES) return 0;
  return Math.round((1000 * written) / (after.atMs - before.atMs));
}

export function withWriteRates(status: TopologyStatus, rates: WriteRates): TopologyStatus {
  const nodes = status.nodes.map((node) => {
    const rate = rates.get(node.upstream ?? '');
    if (node.nextSync === null || rate === undefined) return node;
    return { ...node, nextSync: atRate(node.nextSync, rate) };
  });
  return { ...status, nodes };
}
