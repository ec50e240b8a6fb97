/**
 * A replica becomes the master and is made durable before anything else can fail; then the others
 * follow it, each on its own. They resume with a partial resync: the promoted node keeps the old
 * replication id as its second one.
 */
import { askReplication } from '../redis/ask.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { REDIS_PORT } from '../topology/topology.js';

export interface Promotion {
  readonly master: string;
  /** The id under which it goes on, and the one it knew before. */
  readonly id: string;
  readonly oldId: string | null;
  /** The last byte of the old stream that it has: what lies beyond is lost. */
  readonly cut: number;
  /** Followers that could not be told, or not made durable. */
  readonly missing: readonly Missing[];
}

/** A node that does not know of the new roles, or would forget them at its next start. */
export interface Missing {
  readonly node: string;
  readonly cause: unknown;
}

export interface PromoteOptions {
  readonly next: RedisNode;
  /** What the others are to call it, if not by its name. */
  readonly host?: string;
  /** The reachable replicas that are to follow it. */
  readonly followers: readonly RedisNode[];
  /** Called as soon as it takes writes, before anything else is done. */
  readonly onPromoted?: () => void;
}

export async function promote({
  next,
  host = next.name,
  followers,
  onPromoted,
}: PromoteOptions): Promise<Promotion> {
  await next.call('REPLICAOF', 'NO', 'ONE');
  onPromoted?.();
  const forgetful = await makeAllDurable([next]);
  const untold = await eachOf(followers, (follower) => follow(follower, host));
  const replication = await askReplication(next);
  return {
    master: next.name,
    id: replication.id,
    oldId: replication.secondId,
    cut: cutOf(replication),
    missing: [...forgetful, ...untold],
  };
}

/** The last byte of the old stream that a promoted node has. */
export const cutOf = ({ secondOffset, offset }: ReplicationInfo): number =>
  // second_repl_offset is the first offset that is not valid under the old id (src/replication.c).
  (secondOffset ?? offset + 1) - 1;

/** What a failover left to be done, in words. */
export const missingText = (master: string, missing: readonly Missing[]): string =>
  `${master} is the master now, but not everybody knows: ${missing.map(({ node, cause }) => `${node}: ${reasonOf(cause)}`).join('; ')}`;

export const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

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
    } catch (cause) {
      return [{ node: node.name, cause }];
    }
  });
  return (await Promise.all(attempts)).flat();
}

/** @param host what servers call its upstream */
export async function follow(node: RedisNode, host: string): Promise<void> {
  await node.call('REPLICAOF', host, REDIS_PORT);
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
        const replication = await askReplication(node);
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
