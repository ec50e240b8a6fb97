/** What the steps of an act work on: its topology, and a place for what they predict and find. */
import { FailedError } from '../errors.js';
import type { LiveNode, LiveTopology } from '../live/live-topology.js';
import type { ServerFacts } from '../redis/info.js';
import type { RedisNode } from '../redis/node.js';
import { Deadline, type Limits } from '../redis/wait.js';
import type { CheckResult } from '../verify/check.js';
import type { Foreseen, Row } from './drill-report.js';
import type { Timeline } from './timeline.js';

/** What will be, or what was seen. */
export interface Said {
  /** What is compared: `A and B hold it`. */
  readonly is: string;
  /** Why it will be so, or how it was seen: offsets, settings, replies. */
  readonly because?: string | undefined;
}

/** `F` may hold more than is said, for the look afterwards: a mark in a log, a count. */
export interface Claim<F extends Said = Said> {
  /** The node that it turns on. */
  readonly node: string;
  /** `who holds the lock` */
  readonly about: string;
  /** Names the check that compares what came; `oracle` if it isn't said. */
  readonly id?: string;
  /** What the drill says; a function where versions differ. */
  readonly claimed?: string | ((server: ServerFacts) => string);
  /** What the rules say, from offsets and settings, before it comes. */
  foresee?(stage: Stage): Promise<F>;
  /** What came. May wait for it, with a deadline. */
  look(stage: Stage, foreseen: F): Promise<Said>;
}

/** A server or a sentinel of the act's topology, as a step or a claim may ask and tell it. */
export interface StageNode {
  readonly name: string;
  /** Its connection, which all steps share. */
  readonly redis: RedisNode;
}

/**
 * What the steps and claims of an act work on. What is marked internal is for the steps that rrepl
 * brings: the published types leave it out.
 */
export interface Stage extends Limits {
  /** The servers' product and version: the rules differ. */
  readonly server: ServerFacts;
  /** The node that is the master when the act begins. */
  readonly master: string;
  /** Unique: names the act's keys. */
  readonly run: string;
  /** The act's end. */
  readonly deadline: Deadline;
  /** Aborted when the drill is to end before. */
  readonly signal: AbortSignal;
  /** The rows of the table that the report ends with; a step may add some. */
  readonly rows: Row[];
  /** @internal */
  readonly live: LiveTopology;
  /** @internal */
  readonly timeline: Timeline;
  /** @internal */
  readonly foreseen: readonly Foreseen[];
  /** @internal */
  readonly checks: readonly CheckResult[];

  /** @internal */
  node(name: string): LiveNode;
  /**
   * A server or a sentinel.
   * @throws FailedError if the act has no such node: a mistake in the drill.
   */
  node(name: string): StageNode;
  /**
   * Limits that end at the act's end, or earlier. Milliseconds.
   * @internal
   */
  within(ms: number): Limits;
  /** Adds what a check has found to the report. */
  check(result: CheckResult): void;
  /** @internal */
  predict(claim: Claim, foreseen: Said): void;
  /**
   * Throws `FailedError` if it wasn't predicted: a mistake in the drill.
   * @internal
   */
  foreseenOf<F extends Said>(claim: Claim<F>): F;
  /**
   * What came of the last prediction of a claim.
   * @internal
   */
  see(claim: Claim, seen: Said): void;
  /** What must end with the act, however it ends: load, samplers, connections. The last one first. */
  atEnd(ending: () => Promise<void> | void): void;
}

type Given = Pick<Stage, 'live' | 'server' | 'master' | 'timeline' | 'run' | 'deadline' | 'signal'>;

/** The stage of one act, from its beginning to its end. */
export class ActStage implements Stage {
  readonly live: LiveTopology;
  readonly server: ServerFacts;
  readonly master: string;
  readonly timeline: Timeline;
  readonly run: string;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly foreseen: Foreseen[] = [];
  readonly checks: CheckResult[] = [];
  readonly rows: Row[] = [];
  /** By claim: what was foreseen last, and where that stands among all that was. */
  readonly #claims = new Map<Claim, { readonly foreseen: Said; readonly at: number }>();
  readonly #endings: (() => Promise<void> | void)[] = [];

  constructor({ live, server, master, timeline, run, deadline, signal }: Given) {
    this.live = live;
    this.server = server;
    this.master = master;
    this.timeline = timeline;
    this.run = run;
    this.deadline = deadline;
    this.signal = signal;
  }

  node(name: string): LiveNode {
    const { nodes, sentinels } = this.live;
    const found = [...nodes, ...sentinels].find((node) => node.name === name);
    if (found === undefined) throw new FailedError(`the drill has no node ${name}`);
    return found;
  }

  within(ms: number): Limits {
    const deadline = new Deadline(Math.min(ms, this.deadline.remainingMs()));
    return { deadline, signal: this.signal };
  }

  check(result: CheckResult): void {
    this.checks.push(result);
  }

  predict(claim: Claim, foreseen: Said): void {
    const { node } = claim;
    const predicted = saidText(foreseen);
    this.timeline.note(`predicted: ${predicted}`, node);
    this.#claims.set(claim, { foreseen, at: this.foreseen.length });
    this.foreseen.push({ node, predicted, seen: null });
  }

  foreseenOf<F extends Said>(claim: Claim<F>): F {
    const found = this.#claims.get(claim);
    if (found === undefined) throw new FailedError(`nothing was predicted: ${claim.about}`);
    return found.foreseen as F;
  }

  see(claim: Claim, seen: Said): void {
    const text = saidText(seen);
    this.timeline.note(`seen: ${text}`, claim.node);
    const at = this.#claims.get(claim)?.at ?? -1;
    const entry = this.foreseen[at];
    if (entry !== undefined) this.foreseen[at] = { ...entry, seen: text };
  }

  atEnd(ending: () => Promise<void> | void): void {
    this.#endings.push(ending);
  }

  async end(): Promise<void> {
    for (const ending of this.#endings.splice(0).reverse()) await ending();
  }
}

export const saidText = ({ is, because }: Said): string =>
  because === undefined ? is : `${is}: ${because}`;
