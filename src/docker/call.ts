import { setMaxListeners } from 'node:events';
import { type About, DeadlineError } from '../errors.js';

/** One call to the engine while it lasts. */
export interface Call {
  /** Aborts when the call is over for whatever reason: pass it to every request. */
  readonly signal: AbortSignal;
  /** Restarts the clock: the call may take this many milliseconds from now on. */
  allow(ms: number): void;
}

export interface Bounds {
  /** Milliseconds until the call is given up; `Infinity` for none. */
  readonly deadlineMs: number;
  /** Any of them aborting ends the call. */
  readonly signals: readonly AbortSignal[];
  /** The message of the `DeadlineError`. */
  readonly overdue: (ms: number) => string;
  /** What the `DeadlineError` is about, if it is more than that. */
  readonly about?: () => About | undefined;
}

/**
 * Does some work under a deadline.
 * Rejects with a `DeadlineError` when the clock runs out and with the signal's reason
 * when one aborts, at once and even if the work never settles: a request that the
 * engine has begun to answer is known not to.
 */
export async function bounded<T>(bounds: Bounds, work: (call: Call) => Promise<T>): Promise<T> {
  for (const signal of bounds.signals) signal.throwIfAborted();
  const controller = new AbortController();
  const clock = startClock(bounds, controller);
  const unlink = bounds.signals.map((signal) => link(signal, controller));
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  try {
    return await Promise.race([work({ signal: controller.signal, allow: clock.allow }), aborted]);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clock.stop();
    for (const drop of unlink) drop();
  }
}

function startClock(bounds: Bounds, controller: AbortController) {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const stop = () => {
    over = true;
    clearTimeout(timer);
  };
  const allow = (ms: number) => {
    clearTimeout(timer);
    // What still arrives of an answer that nobody waits for any more must not keep the process.
    if (over) return;
    // A timer can't wait for `Infinity`: it would fire at once.
    if (ms === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(() => {
      controller.abort(overdue(bounds, ms));
    }, ms);
  };
  allow(bounds.deadlineMs);
  return { allow, stop };
}

function overdue({ overdue: words, about }: Bounds, ms: number): DeadlineError {
  const told = about?.();
  return new DeadlineError(words(ms), told && { about: told });
}

function link(signal: AbortSignal, controller: AbortController): () => void {
  const abort = () => controller.abort(signal.reason);
  // Every call under way listens to it; Node takes more than ten for a leak.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', abort);
  return () => signal.removeEventListener('abort', abort);
}
