/**
 * A drill as data: what it claims, the topologies it needs, and the steps that show it. The
 * steps are values too, each of a kind, so that a test can leave the faults out and see the
 * checks fail. `run-drill.ts` plays it; nothing in a drill knows how a topology is made.
 */
import type { RestartPolicy } from '../topology/topology.js';
import type { Claim, Stage } from './stage.js';

/** What `defineDrill` makes, and `runDrill` and `rrepl drill run` play. */
export interface Drill {
  readonly name: string;
  /** What it shows, in one sentence. */
  readonly claim: string;
  /** Each on a topology of its own, one after the other. */
  readonly acts: readonly Act[];
}

/** A part of a drill, on a topology of its own. */
export interface Act {
  /** What differs from the other acts: `graceful stop, save points`. */
  readonly title: string;
  readonly topology: DrillTopology;
  /** The size of /data of single nodes, in bytes, by name; the others have all the disk. */
  readonly disks?: Readonly<Record<string, number>>;
  /** Called for each run, so that what its steps share belongs to that run. */
  readonly steps: (nodes: Nodes) => readonly Step[];
}

/** Values of a directive; a list repeats it. */
type Values = string | number | boolean | (string | number | boolean)[];
type Config = Record<string, Values>;

/**
 * What rrepl.yaml would say, but for what each run of a drill decides itself. Spelled out, because
 * the schema's own type would ask programs that write drills for zod.
 */
export interface DrillTopology {
  /** Of the master redis-1. Not together with `nodes`. */
  readonly replicas?: number | undefined;
  /** Every node by name. Exactly one, the master, has no `replicaOf`. */
  readonly nodes?:
    | Record<string, { replicaOf?: string | undefined; config?: Config | undefined } | null>
    | undefined;
  /** How many sentinels watch the master, or what is asked of them; `config`: settings of sentinel.conf. */
  readonly sentinels?:
    | number
    | {
        count?: number | undefined;
        quorum?: number | undefined;
        config?: Config | undefined;
        nodes?: Record<string, { config?: Config | undefined } | null> | undefined;
      }
    | undefined;
  /** redis.conf directives of every node; true and false mean yes and no. */
  readonly config?: Config | undefined;
  /** Most memory of a container, like `256mb`. */
  readonly memory?: string | undefined;
  /** Most processor time of a container, like 0.5. */
  readonly cpus?: number | undefined;
  /** When the engine starts a server again that has ended. */
  readonly restart?: RestartPolicy | undefined;
}

/** The names of an act's nodes, by the roles in which it begins. */
export interface Nodes {
  readonly master: string;
  /** In the topology's order. A step that names one more than there are is a problem of the drill. */
  readonly replicas: readonly [string, string, string, string, ...string[]];
  /** Those that watch the master; none where the topology has none. */
  readonly sentinels: readonly [string, string, string, ...string[]];
}

/**
 * `fault` breaks something and `repair` mends it; `write` is load; `predict` says what will
 * happen before it does; `check` decides the verdict; `show` adds what was measured.
 */
export const STEP_KINDS = ['fault', 'repair', 'write', 'predict', 'check', 'show'] as const;
/** What a step is for. */
export type StepKind = (typeof STEP_KINDS)[number];

/** One thing that an act does or looks at. Those that rrepl brings are made by functions such as `cut`. */
export interface Step {
  readonly kind: StepKind;
  /** What a check decides, by name; a check that gives up waiting fails under it. */
  readonly id?: string;
  /** What it does, for people: `cut redis-2 off`. */
  readonly says: string;
  /** The nodes that it names. */
  readonly nodes?: readonly string[];
  /** What it predicts or looks at. */
  readonly claims?: readonly Claim[];
  /**
   * Rejects with `DeadlineError` or `FailedError` if what it waits for does not come. A check tells
   * what it found by `stage.check`, or resolves with true or false.
   */
  readonly run: (stage: Stage) => Promise<unknown>;
}
