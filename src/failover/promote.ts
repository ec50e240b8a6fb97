/**
 * A replica becomes the master, the others follow it, and all of it is made durable. The
 * others resume with a partial resync: the promoted node keeps the old replication id as
 * its second one.
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
}

export interface PromoteOptions {
  readonly heir: RedisNode;
  /** The reachable replicas that are to follow the heir. */
  readonly followers: readonly RedisNode[];
  /** Called as soon as the heir takes writes, before the followers are told. */
  readonly onPromoted?: () => void;
}

export async function promote({ heir, followers, onPromoted }: PromoteOptions): Promise<Promotion> {
  await heir.call('REPLICAOF', 'NO', 'ONE');
  onPromoted?.();
  await Promise.all(followers.map((follower) => follow(follower, heir.name)));
  const { replication } = await askNode(heir);
  return {
    heir: heir.name,
    id: replication.id,
    oldId: replication.secondId,
    // second_repl_offset is the first offset that is not valid under the old id (src/replication.c).
    cut: (replication.secondOffset ?? replication.offset + 1) - 1,
  };
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
