/** What rrepl waits for: an answer, a link, a point in the stream. */

import { askReplication } from './ask.js';
import { linkProblem } from './link.js';
import type { RedisNode } from './node.js';
import { isPassing, type Limits, waitUntil } from './wait.js';

export interface PongWait extends Limits {
  /** Is told what a server that is busy answers instead: `LOADING Redis is loading …`. */
  readonly onProgress?: (seen: string) => void;
}

/**
 * A TCP connection proves nothing: the engine's proxy accepts for a server that is paused
 * or not there. Call this after the engine's start call has returned: an earlier SYN is
 * lost and comes again a second later.
 */
export async function waitForPong(
  node: RedisNode,
  { onProgress, ...limits }: PongWait,
): Promise<void> {
  let seen = '';
  const ping = async () => {
    try {
      return (await node.call('PING')) === 'PONG' ? true : undefined;
    } catch (error) {
      if (isPassing(error) && error.reply !== seen) {
        seen = error.reply;
        onProgress?.(seen);
      }
      throw error;
    }
  };
  await waitUntil(ping, { ...limits, everyMs: 10, describe: () => `PONG from ${node.name}` });
}

export interface LinkWait extends Limits {
  /** The replica's addresses on the network that replication goes over. */
  readonly addresses: readonly string[];
  /** Is told what is seen, whenever that changes: `full resync 42%`. */
  readonly onProgress?: (seen: string) => void;
}

/** Waits until the link between the two is up, as both of them see it. */
export async function waitForLink(
  upstream: RedisNode,
  replica: RedisNode,
  { addresses, onProgress, ...limits }: LinkWait,
): Promise<void> {
  let seen = 'nothing yet';
  const look = async () => {
    const [above, below] = await Promise.all([askReplication(upstream), askReplication(replica)]);
    const problem = linkProblem(above, below, addresses);
    if (problem !== undefined && problem !== seen) onProgress?.(problem);
    seen = problem ?? 'link up';
    return problem === undefined ? true : undefined;
  };
  const describe = () => `${replica.name} to replicate from ${upstream.name} (seen: ${seen})`;
  await waitUntil(look, { ...limits, everyMs: 20, describe });
}

export interface Barrier {
  /** The upstream's offset when the barrier was set, in bytes. */
  readonly offset: number;
  /** From the moment that offset was known. */
  readonly waitedMs: number;
}

/**
 * Waits until the replica has applied all that its upstream had when this was called: call
 * it after the write was answered. Ids come first, because offsets compare only under the
 * same one. The replica is asked itself: what its upstream knows of it is up to a second old.
 */
export async function passBarrier(
  upstream: RedisNode,
  replica: RedisNode,
  limits: Limits,
): Promise<Barrier> {
  const { id, offset } = await askReplication(upstream);
  const startedAt = performance.now();
  let seen = 'nothing yet';
  const look = async () => {
    const { id: replicaId, offset: applied } = await askReplication(replica);
    seen = replicaId === id ? `${applied}` : `another replication id, ${replicaId}`;
    return replicaId === id && applied >= offset ? performance.now() - startedAt : undefined;
  };
  const describe = () => `${replica.name} to reach offset ${offset} of ${id} (seen: ${seen})`;
  return { offset, waitedMs: await waitUntil(look, { ...limits, everyMs: 1, describe }) };
}
