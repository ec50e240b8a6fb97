import { DeadlineError } from '../errors.js';
import { duration } from '../format.js';
import type { Deadline } from '../redis/wait.js';

/**
 * Works with a signal that also aborts when the deadline has passed, with an error that names
 * both. The clock ends with the work: a timer that goes on would keep the process alive.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  deadline: Deadline,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const expire = () =>
    controller.abort(new DeadlineError(`${what} after ${duration(deadline.ms)}`));
  const timer = setTimeout(expire, deadline.remainingMs());
  try {
    return await work(AbortSignal.any([signal, controller.signal]));
  } finally {
    clearTimeout(timer);
  }
}
