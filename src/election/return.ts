/**
 * What becomes of the old master when it is back after a failover (`sentinelRefreshInstanceInfo`,
 * src/sentinel.c), the same in redis 6.0, 7.0, 8.0 and valkey 8.1. Pure.
 *
 * | it comes back | rule |
 * |---|---|
 * | with `replicaof` in its file | it is a replica at once, and takes no write |
 * | as a master | Sentinel sees by INFO, each 10 s, that it is one; it wants to have seen it so for 8 s (4 hello periods), and then sends SLAVEOF |
 *
 * Until then both take writes. What it has that the new master lacks goes with its full resync.
 */
import type { FailureKind } from './facts.js';
import { type Range, rangeText } from './times.js';

export interface Return {
  /** Milliseconds after it is back; null if it comes back as a replica. */
  readonly demotedAfter: Range | null;
  /** In words: which of its writes are lost. */
  readonly loses: string;
}

/** 10.0 to 11.4 s in more than 40 runs; twice the INFO came at once, after 0.2 and 1.1 s. */
const DEMOTED_AFTER: Range = { from: 10_000, to: 11_400 };

export function predictReturn(how: FailureKind, fileSaysReplica: boolean): Return {
  const unreplicated = 'what no replica had when it failed';
  if (how === 'kill' && fileSaysReplica) return { demotedAfter: null, loses: unreplicated };
  const until = `the ${rangeText(DEMOTED_AFTER)} until it is demoted`;
  const loses = {
    kill: `${unreplicated}, and all that it takes in ${until}`,
    hang: `${unreplicated}, and all that it takes in ${until}`,
    cut: `all that it takes while it is cut off, and in ${until}`,
  }[how];
  return { demotedAfter: DEMOTED_AFTER, loses };
}
