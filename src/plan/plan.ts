/**
 * What a run will do, step by step. A plan is data: the planner decides all of it, the
 * executor carries it out and decides nothing, and its text is what `rrepl plan` prints.
 */
import type { Access, Authority, Login } from '../access/access.js';
import type { ConfigChange } from '../config/config-change.js';
import type { SentinelRecord } from '../config/sentinel-conf.js';
import type { Attachment, ContainerSpec, Labels } from '../docker/runtime.js';
import type { Note } from '../errors.js';
import type { Monitoring, SentinelPlace } from '../redis/sentinel.js';
import type { WatchedMaster } from '../redis/sentinel-settled.js';

interface StepBase {
  /** Names it, for people. */
  readonly id: string;
  /** The steps of the same plan that must be done before this one starts. */
  readonly after: readonly Step[];
  /** The name of the thing it touches: a container, network, volume, folder, image or node. */
  readonly resource: string;
  /** Why it is done, in a few words. */
  readonly cause: string;
  /** If it fails, only what waits for it is left out: nobody else is kept from what they need. */
  readonly independent?: true;
}

/** A node's server, by the port on the host that leads to it. */
export interface ServerPort {
  readonly node: string;
  readonly port: number;
}

/** A sentinel: where the others reach it, and where rrepl does. */
export interface SentinelMember extends SentinelPlace {
  readonly node: string;
  /** On this host. */
  readonly publishedPort: number;
  /** Whether it did when it was looked at; absent where it is to be started yet. */
  readonly answers?: boolean;
}

export type Action =
  | { readonly kind: 'pullImage' }
  | { readonly kind: 'createNetwork'; readonly labels: Labels; readonly subnet: string }
  | { readonly kind: 'createVolume'; readonly labels: Labels }
  | { readonly kind: 'createFolder' }
  | { readonly kind: 'createContainer'; readonly node: string; readonly spec: ContainerSpec }
  | {
      readonly kind: 'writeConfig';
      readonly node: string;
      /** Without what is secret. */
      readonly text: string;
      /** What the file held when it was read; null where nothing was, or this plan rewrites it before. */
      readonly over: string | null;
      /** Mounts the key that signs its certificate; null without TLS. */
      readonly holder: ContainerSpec | null;
      /** What clients call it beside its name and this machine's. */
      readonly otherHosts: readonly string[];
      readonly access: Access | null;
      /** Whom the container starts as, as Docker writes it; null where that is root. */
      readonly user: string | null;
    }
  /** The sentinel.conf that a sentinel starts with. */
  | {
      readonly kind: 'writeSentinelConf';
      readonly node: string;
      /** Without what is secret. */
      readonly text: string;
      readonly holder: ContainerSpec | null;
      readonly otherHosts: readonly string[];
      readonly access: Access | null;
      readonly user: string | null;
    }
  /** What was asked of a sentinel, and what it reads at its start, in the file that it keeps itself. */
  | {
      readonly kind: 'changeSentinelConf';
      readonly node: string;
      /** Null if it doesn't run. */
      readonly port: number | null;
      readonly topology: string;
      readonly changes: readonly ConfigChange[];
      readonly record: SentinelRecord;
    }
  /** A sentinel begins to monitor the master, and forgets what it knew. */
  | {
      readonly kind: 'monitor';
      readonly node: string;
      readonly port: number;
      /** How it logs in to the servers; null if everyone is let in. */
      readonly access: Access | null;
      readonly monitoring: Monitoring;
    }
  /** A sentinel is told other settings of the master. */
  | {
      readonly kind: 'setSentinel';
      readonly node: string;
      readonly port: number;
      readonly topology: string;
      readonly settings: Monitoring['settings'];
    }
  /** Every sentinel is told of the others, and awaited until it sees all of them and all servers. */
  | {
      readonly kind: 'waitSettled';
      readonly topology: string;
      readonly sentinels: readonly SentinelMember[];
      readonly watched: WatchedMaster;
      /** What nodes are called, by their addresses. */
      readonly names: ReadonlyMap<string, string>;
    }
  | {
      readonly kind: 'keepAuthority';
      readonly authority: Authority;
      readonly holder: ContainerSpec;
    }
  | { readonly kind: 'dropKey'; readonly node: string }
  | { readonly kind: 'startContainer'; readonly node: string }
  /** Lets an ACL user publish and subscribe: 6.0 knows no such right, 7.0 denies it unless told. */
  | {
      readonly kind: 'grantChannels';
      readonly node: string;
      readonly port: number;
      readonly user: string;
    }
  /** The user that sentinels log in as gets just what a failover needs. */
  | {
      readonly kind: 'grantSentinels';
      readonly node: string;
      readonly port: number;
      readonly login: Login;
    }
  | { readonly kind: 'unpauseContainer'; readonly node: string }
  /** A container that was made just now: nothing runs in it yet. */
  | (Attachment & {
      readonly kind: 'attachNetwork';
      readonly node: string;
      readonly network: string;
    })
  | (Attachment & {
      readonly kind: 'connectNetwork';
      readonly node: string;
      /** Null if its server doesn't run. */
      readonly port: number | null;
      readonly network: string;
      /** The other servers that run: what follows the node may hold a link from before the cut. */
      readonly peers: readonly ServerPort[];
    })
  | {
      readonly kind: 'waitReady';
      readonly node: string;
      readonly port: number;
      /** What listens there, if not a server of data. */
      readonly as?: 'sentinel';
    }
  | {
      readonly kind: 'waitInSync';
      readonly node: string;
      readonly port: number;
      readonly upstream: ServerPort;
      readonly topology: string;
      /** Those that find the node's container. */
      readonly labels: Labels;
      /** As of a switchover. */
      readonly withinMs?: number;
    }
  | { readonly kind: 'promote'; readonly node: string; readonly port: number }
  | {
      readonly kind: 'follow';
      readonly node: string;
      readonly port: number;
      readonly upstream: string;
      /** What servers call the upstream: its name, or the address that it keeps. */
      readonly host: string;
    }
  | { readonly kind: 'makeDurable'; readonly node: string; readonly port: number }
  | {
      readonly kind: 'restoreSetting';
      readonly node: string;
      readonly port: number;
      readonly setting: string;
      readonly value: string;
    }
  /** All of them or none: what one server refuses is put back on it. */
  | {
      readonly kind: 'setConfig';
      readonly node: string;
      readonly port: number;
      readonly settings: readonly { readonly name: string; readonly value: string }[];
    }
  | {
      readonly kind: 'switchover';
      /** The next master, and what servers call it. */
      readonly node: string;
      readonly host: string;
      readonly port: number;
      readonly master: ServerPort;
      /** The other replicas of the master. */
      readonly others: readonly ServerPort[];
      /** Those that must be told; empty where there are none. */
      readonly sentinels: readonly SentinelMember[];
      readonly topology: string;
      /** Milliseconds that it may take; without them the run's deadline alone counts. */
      readonly withinMs?: number;
    }
  /** Until the sentinels name one master, and that says it is one. */
  | {
      readonly kind: 'awaitElection';
      readonly topology: string;
      readonly sentinels: readonly SentinelMember[];
      readonly servers: readonly (ServerPort & { readonly host: string })[];
    }
  /** Sentinels that answer hear of a master that was promoted by hand. */
  | {
      readonly kind: 'tellSentinels';
      readonly node: string;
      readonly port: number;
      readonly host: string;
      readonly topology: string;
      readonly sentinels: readonly SentinelMember[];
    }
  | { readonly kind: 'killContainer'; readonly node: string }
  /** Takes a node off a network, so that it is alone when it wakes. */
  | { readonly kind: 'cutNetwork'; readonly node: string; readonly network: string }
  /** Changes the role in the mounted redis.conf of a node that doesn't run. */
  | {
      readonly kind: 'writeRole';
      readonly node: string;
      readonly upstream: string | null;
      /** What servers call the upstream; null for a master. */
      readonly host: string | null;
    }
  /** The same for one directive. */
  | {
      readonly kind: 'writeSetting';
      readonly node: string;
      readonly setting: string;
      readonly value: string;
    }
  /** Turns a running server's AOF on or off, and writes that into redis.conf when the AOF is whole. */
  | {
      readonly kind: 'setAppendOnly';
      readonly node: string;
      readonly port: number;
      readonly value: 'yes' | 'no';
    }
  /** Copies the data on a node's disk, before they are overwritten, to a folder beside them. */
  | {
      readonly kind: 'setAside';
      readonly node: string;
      /** Null if its server doesn't run; else it saves first. */
      readonly port: number | null;
      readonly topology: string;
    }
  /** Reads the writes that a former master has and the master lacks, before it loses them. */
  | { readonly kind: 'salvage'; readonly node: string; readonly topology: string }
  /** Puts the data back that are set aside on a node that doesn't run, and sets aside what was there. */
  | { readonly kind: 'swapSetAside'; readonly node: string; readonly topology: string }
  | { readonly kind: 'stopContainer'; readonly node: string }
  | { readonly kind: 'removeContainer'; readonly node: string }
  /** A container that is no node's. */
  | { readonly kind: 'removeStray' }
  | { readonly kind: 'removeNetwork'; readonly network: string }
  | { readonly kind: 'removeVolume' }
  /** Writes down what is in the volumes that are kept, for plans that are made without containers. */
  | { readonly kind: 'writeRecord'; readonly topology: string }
  /** Takes the configuration of a node that is wanted no more out of its folder on this host; the data stay. */
  | { readonly kind: 'retireFolder' }
  /** On this machine. */
  | { readonly kind: 'removeFolder' };

export type Step = StepBase & Action;
export type StepKind = Action['kind'];
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;

export interface Plan {
  readonly topology: string;
  readonly steps: readonly Step[];
  /**
   * What must be done before the rest can be decided: then it is all looked at and planned again.
   * A plan of its own; empty if all is decided.
   */
  readonly first: readonly Step[];
  /** What the user should know and didn't ask for: another port, a kept role. */
  readonly notes: readonly Note[];
}

/** What can be done of it now: all of it, or what comes first. */
export const nextPart = (plan: Plan): Plan =>
  plan.first.length > 0 ? { ...plan, steps: plan.first, first: [] } : plan;
