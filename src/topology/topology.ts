/**
 * What the user wants, validated: the input of every plan. Pure data, nothing in
 * here knows Docker or a Redis server.
 */

import type { SecurityWish } from '../access/access.js';
import type { Directive } from '../config/directive.js';

export type { SecurityWish } from '../access/access.js';
export { type Directive, REDIS_PORT } from '../config/directive.js';

export interface TopologyNode {
  /** `redis-1`, or the name given in rrepl.yaml. Neutral, because roles move. */
  readonly name: string;
  /** The node it replicates from; null for the master. */
  readonly upstream: string | null;
  /** The user's directives for this node, all layers merged. They override the template's. */
  readonly directives: readonly Directive[];
  /** For drills: its data lie on a tmpfs of so many bytes instead of a volume. */
  readonly dataBytes?: number;
}

/** A sentinel: no server of data, and no node that could be a master or a replica. */
export interface SentinelNode {
  /** `sentinel-1` */
  readonly name: string;
  /** All that is asked of it, all layers merged; `quorum` and what else SENTINEL SET takes among it. */
  readonly directives: readonly Directive[];
}

/** Who watches the master and fails over. */
export interface Sentinels {
  /** At least one, in natural order. */
  readonly nodes: readonly SentinelNode[];
  readonly quorum: number;
  /** The text of the template for sentinel.conf. */
  readonly template: string;
}

/** Most sentinels of one topology. */
export const MAX_SENTINELS = 15;

export const SENTINEL_NAME = /^sentinel-[1-9]\d?$/;

/** Of a topology: part of the names of all that belongs to it. */
export const TOPOLOGY_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const DEFAULT_NAME = 'default';
/** In the working folder. */
export const DEFAULT_FILE = 'rrepl.yaml';

/** Of a node: part of the names of containers, volumes and hosts. */
export const NODE_NAME = /^[a-z0-9][a-z0-9-]{0,29}$/;

export const RESTART_POLICIES = ['no', 'on-failure', 'always', 'unless-stopped'] as const;
export type RestartPolicy = (typeof RESTART_POLICIES)[number];

/** What every container of the topology may do and use. */
export interface ContainerWish {
  /** When the engine starts a server again that has ended. */
  readonly restart: RestartPolicy;
  /** Null for no limit. */
  readonly memoryBytes: number | null;
  /** Shares of a processor, like 0.5; null for no limit. */
  readonly cpus: number | null;
  /** The address of the engine's host on which the ports are published. */
  readonly bind: string;
}

/** What holds where nothing is said. */
export const UNLIMITED: ContainerWish = {
  restart: 'no',
  memoryBytes: null,
  cpus: null,
  bind: '127.0.0.1',
};

export interface Topology {
  readonly name: string;
  readonly image: string;
  /** Master first, then every replica after its upstream. */
  readonly nodes: readonly TopologyNode[];
  /** Null if none watch it. */
  readonly sentinels: Sentinels | null;
  /** The master's port on the host; the replicas take the ones that follow. */
  readonly port: {
    readonly first: number;
    /** True if the user asked for it: then a taken port is an error, else the next free one is used. */
    readonly asked: boolean;
  };
  readonly containers: ContainerWish;
  /** The range of IPv4 addresses that the subnets of networks that are made come from. */
  readonly subnets: string;
  /** When what is made may be pruned, in milliseconds since the epoch; null for never. */
  readonly expires: number | null;
  /** Absolute folder of the host that holds configuration and data, or null for named volumes. */
  readonly dir: string | null;
  readonly security: SecurityWish;
  /** The text of the redis.conf template. */
  readonly template: string;
}
