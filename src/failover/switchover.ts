/**
 * A planned change of master that loses no acknowledged write. The old master is fenced:
 * with `min-replicas-to-write` above any number of replicas it refuses writes (NOREPLICAS:
 * certain, not unknown) while replication goes on. When the next master has all of it, the role moves.
 *
 * On 6.0 a script (EVAL) passes the fence; 7.0 and later refuse it too.
 */
import { EngineError } from '../errors.js';
import { askNode } from '../redis/ask.js';
import { FENCE, FENCE_SETTING, PING_SETTING, QUIET_PERIOD } from '../redis/fence.js';
import { NoReplyError, type RedisNode } from '../redis/node.js';
import { passBarrier } from '../redis/probes.js';
import type { Limits } from '../redis/wait.js';
import { follow, makeAllDurable, type Promotion, promote, reasonOf } from './promote.js';

export interface SwitchoverOptions extends Limits {
  readonly master: RedisNode;
  readonly next: RedisNode;
  /** What the others are to call it, if not by its name: the address that it keeps. */
  readonly host?: string;
  readonly others: readonly RedisNode[];
  /** Called when the next master takes writes, with the milliseconds for which they were refused. */
  readonly onPromoted?: (refusedMs: number) => void;
}

export interface Switchover extends Promotion {
  /** From the fence to the promotion: how long writes were refused. */
  readonly fencedMs: number;
}

/**
 * The next master catches up before the fence is there, so that writes are refused only for the rest.
 * If it can't catch up within the limits, the fence is taken down and nothing has changed.
 * If it was promoted and the old master can't be told, the fence stays: `heal` goes on from there.
 */
export async function switchover(options: SwitchoverOptions): Promise<Switchover> {
  const { master, next, others, deadline, signal, onPromoted } = options;
  const host = options.host ?? next.name;
  await passBarrier(master, next, { deadline, signal });
  const fence = await setTemporarily(master, FENCE_SETTING, FENCE);
  const quiet = await setTemporarily(master, PING_SETTING, QUIET_PERIOD).catch(async (error) => {
    await fence.restore();
    throw error;
  });
  let fencedMs = 0;
  let promotion: Promotion;
  let begun = false;
  let unfence = true;
  try {
    const fencedAt = performance.now();
    await passBarrier(master, next, { deadline, signal });
    begun = true;
    promotion = await promote({
      next,
      host,
      followers: [master, ...others],
      onPromoted: () => {
        fencedMs = performance.now() - fencedAt;
        onPromoted?.(fencedMs);
      },
    });
    const untold = promotion.missing.find(({ node }) => node === master.name);
    if (untold)
      throw new NoReplyError(`${master.name} could not be told: ${reasonOf(untold.cause)}`);
  } catch (error) {
    if (begun) unfence = await standsDown(options);
    throw error;
  } finally {
    await Promise.all([unfence ? fence.restore() : undefined, quiet.restore()]);
  }
  // After the restore: the fence must not be what is made durable.
  const told = others.filter(({ name }) => !promotion.missing.some(({ node }) => node === name));
  const forgetful = await makeAllDurable([master, ...told]);
  return { ...promotion, missing: [...promotion.missing, ...forgetful], fencedMs };
}

/** Half-way through a promotion: an unfenced old master would take writes beside another one that takes them. */
async function standsDown({ master, next, host = next.name }: SwitchoverOptions): Promise<boolean> {
  try {
    const { replication } = await askNode(next);
    if (replication.role === 'master') await follow(master, host);
    return true;
  } catch {
    return false;
  }
}

async function setTemporarily(node: RedisNode, setting: string, value: string) {
  const reply = (await node.call('CONFIG', 'GET', setting)) as string[];
  const before = reply[1];
  if (before === undefined) throw new EngineError(`${node.name} does not know ${setting}`);
  const set = (to: string) => node.call('CONFIG', 'SET', setting, to);
  // Asked twice if need be: a fence that is left behind refuses every write.
  const restore = () => set(before).catch(() => set(before));
  try {
    await set(value);
  } catch (error) {
    // Without an answer it may have happened.
    await restore().catch(() => {});
    throw error;
  }
  return { restore };
}
