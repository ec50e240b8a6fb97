/**
 * What every operation is called with: `(engine, input, options) => result`. An operation knows
 * no arguments, streams, exit codes or environment; what it wants to tell while it works are
 * events, and what it refuses are errors.
 */

import type { KnownOwners } from '../docker/known-owners.js';
import type { Runtime } from '../docker/runtime.js';
import type { DrillReport } from '../drills/drill-report.js';
import type { TimelineEvent } from '../drills/timeline.js';
import type { EventOf } from '../execute/world.js';
import type { ConnectRedis } from '../observe/reach.js';
import type { StepSummary } from '../plan/step-summary.js';

/** A Docker engine, and the ways to it and to the servers that it runs. */
export interface Engine {
  /** The engine, with calls that end when `signal` aborts: some work outlives an interruption. */
  connectRuntime(signal: AbortSignal): Promise<Runtime>;
  /** Loaded when it is needed: the client's code takes a third of the time of a short command. */
  loadRedis(): Promise<ConnectRedis>;
  /** What is known of images from earlier runs. */
  readonly owners: KnownOwners;
  /** What others who wait for this operation are told is at work: a command line, or a program. */
  readonly caller: string;
}

/** Until when, and whom to tell. Every call takes these. */
export interface OperationOptions {
  /** Ends the operation; it cleans up and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole; 60 s if it isn't said, or what the call's docstring gives. */
  readonly timeoutMs?: number | undefined;
  /** Called while it works. What it throws ends the operation, which rejects with it. */
  readonly onEvent?: ((event: OperationEvent) => void) | undefined;
  /**
   * A folder on this host. Where a former master becomes a replica, what it was written and the master
   * lacks is salvaged into a folder of its own there; without it nothing is.
   */
  readonly salvageTo?: string | undefined;
}

/** What happens while an operation works, by `type`. */
export type OperationEvent =
  /** Steps of a plan, as they begin and end, and notes: one sentence for people each. */
  | EventOf<StepSummary>
  /** Another operation is at work on the topology, and this one waits. */
  | { readonly type: 'waiting'; readonly topology: string; readonly holder: string }
  /** The master's role has moved, and programs that write to another address are refused. `url`: without its password. */
  | { readonly type: 'moved'; readonly master: string; readonly url: string }
  /** A door leads to another master now; null: to none, and new connections wait. */
  | { readonly type: 'door'; readonly leadsTo: string | null }
  /** An act of a drill begins, on a topology of so many servers and sentinels. */
  | {
      readonly type: 'act';
      readonly drill: string;
      readonly title: string;
      readonly nodes: number;
      readonly sentinels: number;
    }
  /** What happened in a drill. */
  | ({ readonly type: 'timeline' } & TimelineEvent)
  /** How many writes a load has begun so far, a few times a second. */
  | { readonly type: 'writes'; readonly writes: number }
  /** A drill was played; or as far as it got, if it was broken off. */
  | { readonly type: 'drill'; readonly report: DrillReport };

/** The topology that an operation is about. */
export interface Target {
  readonly topology: string;
}
