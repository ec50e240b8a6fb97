/** The one picture of what is there: facts of the engine, the servers and their files. */
import type { Access } from '../access/access.js';
import { upstreamIn } from '../config/upstream.js';
import type { Foreign } from '../docker/foreign.js';
import type { TakenPort } from '../docker/free-ports.js';
import type { ImageFacts } from '../docker/runtime.js';
import type { EngineNode, EngineTopology } from '../docker/topologies.js';
import type { InvalidError } from '../errors.js';
import type { DiskFacts } from '../psync/disk.js';
import type { ServerEnd } from '../psync/server-end.js';
import type { Software } from '../redis/rdb-format.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import type { SentinelFacts } from '../redis/sentinel.js';

/** What a running server says. */
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

/** What a node's files and its server's end tell of it. */
export interface NodeFiles {
  /** The text of its mounted redis.conf, without passwords. */
  readonly config: string | null;
  /** What its data folder holds; null where its server answers, or where that can't be read. */
  readonly disk: DiskFacts | null;
  /** How its server ended; null while it runs, or if nothing tells. */
  readonly end: ServerEnd | null;
  /** Milliseconds since the epoch; null while it runs, or if nothing tells. */
  readonly endedAtMs: number | null;
}

/** A node as engine, server, files and disk show it. */
export interface ObservedNode extends EngineNode, NodeFiles {
  /** Null if it does not answer. */
  readonly server: ObservedServer | null;
  /** The node its server replicates from, by name; null for a master or if it isn't known. */
  readonly upstream: string | null;
  /** When it last heard its upstream, in milliseconds since the epoch, to the second; null if it isn't known to have. */
  readonly heardMs: number | null;
  /** Of one that is paused: when its container was started, in milliseconds since the epoch; else null. */
  readonly runningSinceMs: number | null;
  /**
   * Of a master that is down and has an AOF: whether that holds the last writes of the furthest
   * replica that answers. Null where that was not asked.
   */
  readonly aofHolds: 'holds' | 'lacks' | 'unknown' | null;
  /** The image that it has run; of one that never ran, or is gone, as its redis.conf says. Null if nothing tells. */
  readonly image: string | null;
  /** Of the topology's nodes by the addresses that stay theirs; absent where there are none. */
  readonly names?: ReadonlyMap<string, string>;
}

export interface ObservedSentinel extends EngineNode {
  /** The text of its mounted sentinel.conf, without passwords; null if it can't be read. */
  readonly config: string | null;
  /** Null if it does not answer. */
  readonly facts: SentinelFacts | null;
}

export interface Observed extends EngineTopology {
  readonly nodes: readonly ObservedNode[];
  readonly sentinels: readonly ObservedSentinel[];
}

export interface ObservedTopology extends Observed {
  /** How its servers are reached, as their files say; null if everyone is let in. */
  readonly access: Access | null;
}

/** What else must be known for a wish: of the engine, its image and this host. */
export interface Surroundings {
  /** Null if the engine doesn't have the image. */
  readonly image: ImageFacts | null;
  /** What the image runs; null where that wasn't asked, because the nodes run this image already. */
  readonly imageServer: Software | null;
  /** Not asked where every node has a container that has its port. */
  readonly takenPorts: readonly TakenPort[];
  /** Subnets of the engine's networks and of this host's routes. Not asked where every network is there. */
  readonly takenSubnets: readonly string[];
  /** What has the name of something that is missing, and is not this topology's. */
  readonly foreign: readonly Foreign[];
  /** Nodes wanted no more on which data are set aside: they would go with their volumes. */
  readonly setAside: ReadonlySet<string>;
  /** Other topologies that have their files in the same folder, in one within it or around it. */
  readonly sharers: readonly { readonly topology: string; readonly dir: string }[];
  /** Folders under --dir that are there already. */
  readonly folders: ReadonlySet<string>;
  /** Why one of the others can't be made; null if all can. */
  readonly unmakeable: InvalidError | null;
  /** `uid:gid` that owns the files under --dir; null to leave it to the image. */
  readonly owner: string | null;
}

/** All that the planner is told where something is wished. */
export interface ObservedForWish extends ObservedTopology, Surroundings {}

/** Its redis.conf, its disk or its server has been looked at. Of the others only volumes are known. */
export const isRead = ({ container, disk }: ObservedNode): boolean =>
  container !== null || disk !== null;

/** Whom its redis.conf makes it follow, by name also where the file has an address; null for a master, or without a file. */
export function recordedUpstream(node: ObservedNode): string | null {
  const host = recordedHost(node);
  return host === null ? null : (node.names?.get(host) ?? host);
}

/** The same as the file has it. */
export const recordedHost = ({ config }: ObservedNode): string | null =>
  config === null ? null : upstreamIn(config);

/** Its redis.conf makes it a master. */
export const recordedMaster = (node: ObservedNode): boolean =>
  node.config !== null && recordedUpstream(node) === null;
