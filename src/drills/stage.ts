/**
 * What the steps of an act work on: its topology, and a place for what they predict, find and
 * hand on to later steps.
 */
import { FailedError } from '../errors.js';
import type { LiveNode, LiveTopology } from '../live/live-topology.js';
import type { ServerFacts } from '../redis/info.js';
import { Deadline, type Limits } from '../redis/wait.js';
import type { CheckResult } from '../verify/check.js';
import type { Foreseen, Row } from './drill-report.js';
import type { Timeline } from './timeline.js';

/** Names a value that one step leaves for another, with its type. */
export interface Slot<T> {
  readonly name: string;
  /** Never there: it only carries the type. */
  readonly type?: T;
}

export const slot = <T>(name: string): Slot<T> => ({ name });

export interface StageOptions extends Limits {
  readonly live: LiveTopology;
  readonly server: ServerFacts;
  readonly timeline: Timeline;
  /** Unique: names the act's keys. */
  readonly run: string;
}

export class Stage implements Limits {
  readonly live: LiveTopology;
  /** The servers' product and version: the rules differ. */
  readonly server: ServerFacts;
  readonly timeline: Timeline;
  readonly run: string;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly foreseen: Foreseen[] = [];
  readonly checks: CheckResult[] = [];
  readonly rows: Row[] = [];
  readonly #kept = new Map<string, unknown>();
  readonly #endings: (() => Promise<void> | void)[] = [];

  constructor({ live, server, timeline, run, deadline, signal }: StageOptions) {
    this.live = live;
    this.server = server;
    this.timeline = timeline;
    this.run = run;
    this.deadline = deadline;
    this.signal = signal;
  }

  /** Throws `FailedError` if the act has no such node: a mistake in the drill. */
  node(name: string): LiveNode {
    const found = this.live.nodes.find((node) => node.name === name);
    if (found === undefined) throw new FailedError(`the drill has no node ${name}`);
    return found;
  }

  /** Limits that end at the act's end, or earlier. Milliseconds. */
  within(ms: number): Limits {
    const deadline = new Deadline(Math.min(ms, this.deadline.remainingMs()));
    return { deadline, signal: this.signal };
  }

  check(result: CheckResult): void {
    this.checks.push(result);
  }

  keep<T>({ name }: Slot<T>, value: T): void {
    this.#kept.set(name, value);
  }

  has({ name }: Slot<unknown>): boolean {
    return this.#kept.has(name);
  }

  drop({ name }: Slot<unknown>): void {
    this.#kept.delete(name);
  }

  /** Throws `FailedError` if no step has left it: a mistake in the drill, or a step was left out. */
  recall<T>({ name }: Slot<T>): T {
    if (!this.#kept.has(name)) throw new FailedError(`no step of the drill has left ${name}`);
    return this.#kept.get(name) as T;
  }

  /** What must end with the act, however it ends: load, samplers, connections. */
  atEnd(ending: () => Promise<void> | void): void {
    this.#endings.push(ending);
  }

  async end(): Promise<void> {
    for (const ending of this.#endings.splice(0).reverse()) await ending();
  }
}
