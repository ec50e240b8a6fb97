/**
 * A replica becomes the master and is made durable before anything else can fail; then the others
 * follow it, each on its own. They resume with a partial resync: the promoted node keeps the old
 * replication id as its second one.
 */
import { askNode } from '../redis/ask.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { REDIS_PORT } from '../topology/topology.js';

export interface Promotion {
  readonly heir: string;
  /** The id under which the heir goes on, and the one it knew before. */
  readonly id: string;
  readonly oldId: string | null;
  /** The last byte of the old stream that the heir has: what lies beyond is lost. */
  readonly cut: number;
  /** Followers that could not be told, or not made durable. */
  readonly missing: readonly Missing[];
}

/** A node that does not know of the new roles, or would forget them at its next start. */
export interface Missing {
  readonly node: string;
  /** The error's words. */
  readonly reason: string;
}

export interface PromoteOptions {
  readonly heir: RedisNode;
  /** The reachable replicas that are to follow the heir. */
  readonly followers: readonly RedisNode[];
  /** Called as soon as the heir takes writes, before anything else is done. */
  readonly onPromoted?: () => void;
}

export async function promote({ heir, followers, onPromoted }: PromoteOptions): Promise<Promotion> {
  await heir.call('REPLICAOF', 'NO', 'ONE');
  onPromoted?.();
  const forgetful = await makeAllDurable([heir]);
  const untold = await eachOf(followers, (follower) => follow(follower, heir.name));
  const { replication } = await askNode(heir);
  return {
    heir: heir.name,
    id: replication.id,
    oldId: replication.secondId,
    // second_repl_offset is the first offset that is not valid under the old id (src/replication.c).
    cut: (replication.secondOffset ?? replication.offset + 1) - 1,
    missing: [...forgetful, ...untold],
  };
}

/** What a failover left to be done, in words. */
export const missingText = (heir: string, missing: readonly Missing[]): string =>
  `${heir} is the master now, but not everybody knows: ${missing.map(({ node, reason }) => `${node}: ${reason}`).join('; ')}`;

/** Those of which CONFIG REWRITE failed; one that fails keeps no other from it. */
export const makeAllDurable = (nodes: readonly RedisNode[]): Promise<Missing[]> =>
  eachOf(nodes, makeDurable);

/** Does something to each node at the same time; the nodes with which it fails, and why. */
export async function eachOf<N extends { readonly name: string }>(
  nodes: readonly N[],
  act: (node: N) => Promise<void>,
): Promise<Missing[]> {
  const attempts = nodes.map(async (node) => {
    try {
      await act(node);
      return [];
    } catch (error) {
      return [{ node: node.name, reason: error instanceof Error ? error.message : String(error) }];
    }
  });
  return (await Promise.all(attempts)).flat();
}

export async function follow(node: RedisNode, upstream: string): Promise<void> {
  await node.call('REPLICAOF', upstream, REDIS_PORT);
}

/**
 * Writes the running configuration into the mounted redis.conf. Without it the next restart
 * brings the old roles back.
 */
export async function makeDurable(node: RedisNode): Promise<void> {
  await node.call('CONFIG', 'REWRITE');
}

/** How far each of these nodes is; those that don't answer are left out. */
export async function askCandidates(nodes: readonly RedisNode[]) {
  const found = await Promise.all(
    nodes.map(async (node) => {
      try {
        const { replication } = await askNode(node);
        const { id, offset, priority } = replication;
        return [{ name: node.name, id, offset, priority, node, replication }];
      } catch (error) {
        if (error instanceof ReplyError) throw error;
        return [];
      }
    }),
  );
  return found.flat();
}
