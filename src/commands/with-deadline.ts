import { DeadlineError } from '../errors.js';
import { duration } from '../format.js';
import type { Deadline } from '../redis/wait.js';

/** A signal that also aborts when the deadline has passed, with an error that names both. */
export function withDeadline(signal: AbortSignal, deadline: Deadline, what: string) {
  const controller = new AbortController();
  const expire = () =>
    controller.abort(new DeadlineError(`${what} after ${duration(deadline.ms)}`));
  const timer = setTimeout(expire, deadline.remainingMs());
  return {
    signal: AbortSignal.any([signal, controller.signal]),
    stop: () => clearTimeout(timer),
  };
}
