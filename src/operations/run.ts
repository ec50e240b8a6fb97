/** One run of an operation: until when it goes on, and whom it tells. */
import { DeadlineError } from '../errors.js';
import { duration } from '../format.js';
import { Deadline, type Limits } from '../redis/wait.js';
import type { OperationEvent, OperationOptions } from './operation.js';

export interface Run extends Limits {
  readonly emit: (event: OperationEvent) => void;
  readonly salvageTo?: string | undefined;
}

/**
 * A listener that throws ends the run with what it threw, wherever it was told: an event that a
 * timer tells has no caller who would catch it.
 * @param defaultMs for the whole, where the caller names no time
 */
export function startRun(
  { signal, timeoutMs, onEvent = () => {}, salvageTo }: OperationOptions,
  defaultMs: number,
): Run {
  const broken = new AbortController();
  const emit = (event: OperationEvent) => {
    try {
      onEvent(event);
    } catch (error) {
      broken.abort(error);
    }
  };
  return {
    signal: signal ? AbortSignal.any([signal, broken.signal]) : broken.signal,
    deadline: new Deadline(timeoutMs ?? defaultMs),
    emit,
    salvageTo,
  };
}

/**
 * Works with a signal that also aborts when the deadline has passed, with an error that names
 * both. The clock ends with the work: a timer that goes on would keep the process alive.
 */
export async function endInTime<T, R extends Limits>(
  run: R,
  what: string,
  work: (run: R) => Promise<T>,
): Promise<T> {
  const { signal, deadline } = run;
  const controller = new AbortController();
  const expire = () =>
    controller.abort(new DeadlineError(`${what} after ${duration(deadline.ms)}`));
  const timer = setTimeout(expire, deadline.remainingMs());
  try {
    return await work({ ...run, signal: AbortSignal.any([signal, controller.signal]) });
  } finally {
    clearTimeout(timer);
  }
}
