/**
 * Carries out a plan: every step as soon as the steps it waits for are done, all others at
 * the same time. Decides nothing. The first failure stops what has not begun and aborts what
 * is under way; when everything has come to rest, that failure is thrown.
 */
import { DeadlineError } from '../errors.js';
import { ServerStoppedError } from '../live/server-exit.js';
import type { Plan, Step } from '../plan/plan.js';
import { perform } from './steps.js';
import type { World } from './world.js';

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

  constructor(step: Step, { begun, aborted }: Begun, cause: unknown) {
    super(`${step.id} failed`, { cause });
    this.name = 'ExecutionError';
    this.step = step;
    this.begun = begun;
    this.aborted = aborted;
  }
}

/** What a failed step met; any other failure as it is. */
export const causeOf = (failure: unknown): unknown =>
  failure instanceof ExecutionError ? failure.cause : failure;

/**
 * A server that was dying, or being removed, when the plan was made still counted as running. True if that is why
 * the plan failed: then another look and another plan mend it.
 */
export function diedMeanwhile(error: unknown, { steps }: Plan): boolean {
  if (!(error instanceof ExecutionError && error.cause instanceof ServerStoppedError)) return false;
  const { resource } = error.step;
  return !steps.some((step) => step.kind === 'startContainer' && step.resource === resource);
}

/** Throws `ExecutionError`, whose cause is the first failure. */
export async function execute(plan: Plan, world: World): Promise<void> {
  const halt = new AbortController();
  const inner = { ...world, signal: AbortSignal.any([world.signal, halt.signal]) };
  const runs = new Map<Step, Promise<void>>();
  const begun: Step[] = [];
  const aborted: Step[] = [];
  let failure: { step: Step; cause: unknown } | undefined;

  const run = async (step: Step): Promise<void> => {
    await Promise.all(step.after.map((it) => runs.get(it)));
    if (failure) return;
    begun.push(step);
    try {
      inner.signal.throwIfAborted();
      world.emit({ type: 'begun', step });
      await perform(step, inner);
      world.emit({ type: 'done', step });
    } catch (cause) {
      if (cause instanceof DeadlineError || cause === inner.signal.reason) aborted.push(step);
      failure ??= { step, cause };
      halt.abort(cause);
    }
  };
  refuseUnplanned(plan);
  for (const step of plan.steps) runs.set(step, run(step));
  await Promise.all(runs.values());
  if (failure) throw new ExecutionError(failure.step, { begun, aborted }, failure.cause);
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
