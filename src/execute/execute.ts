/**
 * Carries out a plan: every step as soon as the steps it waits for are done, all others at
 * the same time. Decides nothing. The first failure stops what has not begun and aborts what
 * is under way; when everything has come to rest, that failure is thrown. The failure of an
 * independent step stops only what waits for it, and is thrown when all the rest is done.
 */
import { DeadlineError, FailedError } from '../errors.js';
import { type Missing, missingText } from '../failover/promote.js';
import { ServerStoppedError } from '../live/server-exit.js';
import type { Plan, Step } from '../plan/plan.js';
import { perform } from './steps.js';
import type { RunEvent, World } from './world.js';

interface Begun {
  /** The steps that may have left something behind. */
  readonly begun: readonly Step[];
  /** Those of them that nobody waited for: what they do may be done only later. */
  readonly aborted: readonly Step[];
}

/** A step failed. */
export class ExecutionError extends Error implements Begun {
  readonly step: Step;
  readonly begun: readonly Step[];
  readonly aborted: readonly Step[];
  /** If all is done but for these; empty if the plan was broken off. */
  readonly missing: readonly Missing[];

  constructor(
    step: Step,
    { begun, aborted, missing = [] }: Begun & { readonly missing?: readonly Missing[] },
    cause: unknown,
  ) {
    super(`${step.id} failed`, { cause });
    this.name = 'ExecutionError';
    this.step = step;
    this.begun = begun;
    this.aborted = aborted;
    this.missing = missing;
  }
}

/** What a failed step met; any other failure as it is. */
export const causeOf = (failure: unknown): unknown =>
  failure instanceof ExecutionError ? failure.cause : failure;

/** Of a plan that moves the role. Who is missing does not undo it: it stands, and `heal` tells the rest. */
export function failureOf(failure: unknown, topology: string, master: string): unknown {
  if (!(failure instanceof ExecutionError)) return failure;
  const { missing, cause } = failure;
  if (missing.length === 0) return cause;
  return new FailedError(missingText(master, missing), {
    about: { code: 'not-all-told', topology, master, missing: missing.map(({ node }) => node) },
    cause,
  });
}

/**
 * A server that was dying, or being removed, when the plan was made still counted as running. True if that is why
 * the plan failed, and not a server that the plan had started: then another look and another plan mend it.
 */
export function diedMeanwhile(error: unknown): boolean {
  if (!(error instanceof ExecutionError && error.cause instanceof ServerStoppedError)) return false;
  const { resource } = error.step;
  return !error.begun.some((step) => step.kind === 'startContainer' && step.resource === resource);
}

/** Throws `ExecutionError`, whose cause is the first failure. */
export async function execute(plan: Plan, world: World): Promise<void> {
  refuseUnplanned(plan);
  const run = new Run(world);
  for (const step of plan.steps) run.add(step);
  await run.end();
}

class Run {
  readonly #halt = new AbortController();
  readonly #world: World;
  readonly #runs = new Map<Step, Promise<void>>();
  readonly #begun: Step[] = [];
  readonly #aborted: Step[] = [];
  /** Independent ones that failed, or that waited for one. */
  readonly #leftOut = new Set<Step>();
  readonly #missing: { readonly step: Step; readonly missing: Missing }[] = [];
  #failure: { readonly step: Step; readonly cause: unknown } | undefined;

  constructor(world: World) {
    this.#world = { ...world, signal: AbortSignal.any([world.signal, this.#halt.signal]) };
  }

  add(step: Step): void {
    this.#runs.set(step, this.#run(step));
  }

  async end(): Promise<void> {
    await Promise.all(this.#runs.values());
    const about = { begun: this.#begun, aborted: this.#aborted };
    if (this.#failure) throw new ExecutionError(this.#failure.step, about, this.#failure.cause);
    const [first] = this.#missing;
    if (first === undefined) return;
    const missing = this.#missing.map((it) => it.missing);
    throw new ExecutionError(first.step, { ...about, missing }, first.missing.cause);
  }

  async #run(step: Step): Promise<void> {
    await Promise.all(step.after.map((it) => this.#runs.get(it)));
    if (this.#failure) return;
    if (this.#lacksItsGround(step)) {
      this.#leftOut.add(step);
      return;
    }
    this.#begun.push(step);
    const { signal, emit } = this.#world;
    try {
      signal.throwIfAborted();
      emit({ type: 'begun', step });
      await perform(step, { ...this.#world, emit: (event) => this.#emit(event, step) });
      emit({ type: 'done', step });
    } catch (cause) {
      this.#fail(step, cause);
    }
  }

  #lacksItsGround(step: Step): boolean {
    const isMissing = () =>
      'node' in step && this.#missing.some(({ missing }) => missing.node === step.node);
    return (
      step.after.some((it) => this.#leftOut.has(it)) || (step.independent === true && isMissing())
    );
  }

  #emit(event: RunEvent, step: Step): void {
    if (event.type === 'missing') {
      const { node, cause } = event;
      this.#missing.push({ step, missing: { node, cause } });
    }
    this.#world.emit(event);
  }

  #fail(step: Step, cause: unknown): void {
    const { signal } = this.#world;
    if (cause instanceof DeadlineError || cause === signal.reason) this.#aborted.push(step);
    if (step.independent && !signal.aborted && 'node' in step) {
      this.#leftOut.add(step);
      this.#emit({ type: 'missing', node: step.node, cause }, step);
      return;
    }
    this.#failure ??= { step, cause };
    this.#halt.abort(cause);
  }
}

function refuseUnplanned({ steps }: Plan): void {
  const earlier = new Set<Step>();
  for (const step of steps) {
    const unplanned = step.after.find((it) => !earlier.has(it));
    if (unplanned) {
      throw new Error(`${step.id} waits for ${unplanned.id}, which is not planned before it`);
    }
    earlier.add(step);
  }
}
