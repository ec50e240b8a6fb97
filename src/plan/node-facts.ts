import type { ContainerState } from '../docker/runtime.js';
import type { DiskFacts } from '../psync/disk.js';
import type { ServerEnd } from '../psync/server-end.js';
import type { Software } from '../redis/rdb-format.js';
import type { ReplicationInfo } from '../redis/replication-info.js';

/** What a running server says, as far as healing needs it. */
export interface ObservedServer {
  readonly software: Software;
  readonly replication: ReplicationInfo;
  /** Its `min-replicas-to-write` and `repl-ping-replica-period`: a switchover changes them for a moment. */
  readonly minReplicasToWrite: string;
  readonly pingPeriod: string;
  /** Milliseconds since the epoch, to the second. */
  readonly startedAtMs: number;
  readonly aofEnabled: boolean;
}

/** A node that is there, as it is observed: engine, server, files and disk together. */
export interface NodeFacts {
  readonly name: string;
  /** As the engine calls it; `gone` if its container is, and only its files tell of it. */
  readonly state: ContainerState | 'gone';
  /** Null if it does not answer. */
  readonly server: ObservedServer | null;
  /** The text of its mounted redis.conf. */
  readonly config: string | null;
  /** The node its server replicates from, by name; null for a master or if it isn't known. */
  readonly upstream: string | null;
  /** When it last heard its upstream, in milliseconds since the epoch, to the second; null if it isn't known to have. */
  readonly heardMs: number | null;
  /** What its data folder holds; null where its server answers, or where that can't be read. */
  readonly disk: DiskFacts | null;
  /** How its server ended; null while it runs, or if nothing tells. */
  readonly end: ServerEnd | null;
  /** Milliseconds since the epoch; null while it runs, or if nothing tells. */
  readonly endedAtMs: number | null;
  /** Of one that is paused: when its container was started, in milliseconds since the epoch; else null. */
  readonly runningSinceMs: number | null;
  /**
   * Of a master that is down and has an AOF: whether that holds the last writes of the furthest
   * replica that answers. Null where that was not asked.
   */
  readonly aofHolds: 'holds' | 'lacks' | 'unknown' | null;
}
