/**
 * Carries out a plan: every step as soon as the steps it waits for are done, all others at
 * the same time. Decides nothing. The first failure stops what has not begun and aborts what
 * is under way; when everything has come to rest, that failure is thrown.
 */

import { ServerStoppedError } from '../live/server-exit.js';
import type { Plan, Step } from '../plan/plan.js';
import { perform } from './steps.js';
import type { World } from './world.js';

/** A step failed. `begun` are the steps that may have left something behind. */
export class ExecutionError extends Error {
  readonly step: Step;
  readonly begun: readonly Step[];

  constructor(step: Step, begun: readonly Step[], cause: unknown) {
    super(`${step.id} failed`, { cause });
    this.name = 'ExecutionError';
    this.step = step;
    this.begun = begun;
  }
}

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
  const runs = new Map<string, Promise<void>>();
  const begun: Step[] = [];
  let failure: { step: Step; cause: unknown } | undefined;

  const run = async (step: Step): Promise<void> => {
    await Promise.all(step.after.map((id) => runs.get(id)));
    if (failure) return;
    begun.push(step);
    try {
      inner.signal.throwIfAborted();
      world.emit({ type: 'begun', step });
      await perform(step, inner);
      world.emit({ type: 'done', step });
    } catch (cause) {
      failure ??= { step, cause };
      halt.abort(cause);
    }
  };
  for (const step of plan.steps) runs.set(step.id, run(step));
  await Promise.all(runs.values());
  if (failure) throw new ExecutionError(failure.step, begun, failure.cause);
}
