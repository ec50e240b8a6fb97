/**
 * A drill as data: what it claims, the topologies it needs, and the steps that show it. The
 * steps are values too, each of a kind, so that a test can leave the faults out and see the
 * checks fail. `run-drill.ts` plays it; nothing in a drill knows how a topology is made.
 */
import type { Stage } from './stage.js';

export interface Drill {
  readonly name: string;
  /** What it shows, in one sentence. */
  readonly claim: string;
  /** Each on a topology of its own, one after the other. */
  readonly acts: readonly Act[];
}

export interface Act {
  /** What differs from the other acts: `graceful stop, save points`. */
  readonly title: string;
  readonly setting: Setting;
  readonly steps: readonly Step[];
}

/** The topology of an act: `redis-1` is the master, the replicas are `redis-2` and on. */
export interface Setting {
  readonly replicas: number;
  /** redis.conf directives of every node. */
  readonly config?: Readonly<Record<string, string>>;
  /** Those of single nodes, by name. */
  readonly nodes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The size of /data of single nodes, by name; the others have all the disk. */
  readonly dataBytes?: Readonly<Record<string, number>>;
}

/**
 * `fault` breaks something and `repair` mends it; `write` is load; `predict` says what will
 * happen before it does; `check` decides the verdict; `show` adds what was measured.
 */
export type StepKind = 'fault' | 'repair' | 'write' | 'predict' | 'check' | 'show';

export interface Step {
  readonly kind: StepKind;
  /** What it does, for people: `cut redis-2 off`. */
  readonly says: string;
  /** Rejects with `DeadlineError` or `FailedError` if what it waits for does not come. */
  readonly run: (stage: Stage) => Promise<void>;
}
