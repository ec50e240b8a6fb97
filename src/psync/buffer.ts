/**
 * How much a master keeps for a replica that does not read, before it closes the link. While
 * a copy is made on disk and sent, all that is written piles up there as well. Pure.
 *
 * | version | rule (`checkClientOutputBufferLimits`, src/networking.c) |
 * |---|---|
 * | before 7.0 | the hard limit of the class `replica`; 0 is none |
 * | from 7.0 on | the same, but at least `repl-backlog-size`: both hold the same blocks |
 * | from Redis 8.0 on, diskless | nothing piles up: the copy has a channel of its own (`repl-rdb-channel`), and the replica keeps what is written meanwhile |
 *
 * Valkey has such a channel too (`dual-channel-replication-enabled`, 8.0), off unless asked for.
 */
import type { ServerFacts } from '../redis/info.js';
import { atLeast } from './version.js';

/**
 * Bytes at which the link is closed at once; infinite without a limit.
 * @param limits as CONFIG GET answers: `normal 0 0 0 slave 268435456 67108864 60 pubsub …`
 */
export function bufferLimit(server: ServerFacts, limits: string, backlogSize: number): number {
  const words = limits.split(' ');
  const at = words.findIndex((word) => word === 'slave' || word === 'replica');
  const hard = Number(words[at + 1]);
  if (at === -1 || hard === 0) return Number.POSITIVE_INFINITY;
  return atLeast(server, 7) ? Math.max(hard, backlogSize) : hard;
}

export interface Copy {
  /** Bytes that are written while it is made and sent. */
  readonly writtenMeanwhile: number;
  readonly diskless: boolean;
  /** What the servers say of `repl-rdb-channel` or `dual-channel-replication-enabled`; '' if they know neither. */
  readonly ownChannel: string;
}

/** Whether a full resync ends with the link closed, and so begins again, as long as the load lasts. */
export function overflows(
  { writtenMeanwhile, diskless, ownChannel }: Copy,
  limit: number,
): boolean {
  const keptByReplica = diskless && ownChannel === 'yes';
  return !keptByReplica && writtenMeanwhile > limit;
}
