/**
 * Waiting with an end: every wait has a deadline and a signal, and running out of time
 * is an error that says what was waited for and what was seen last.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineError } from '../errors.js';
import { duration } from '../format.js';
import { NoReplyError, ReplyError } from './node.js';

/** A point in time that several steps share. */
export class Deadline {
  readonly ms: number;
  readonly #startedAt = performance.now();

  /** `ms` milliseconds from now. */
  constructor(ms: number) {
    this.ms = ms;
  }

  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Never below 0. */
  remainingMs(): number {
    return Math.max(0, this.ms - this.elapsedMs());
  }
}

/** When to stop: at the deadline with a `DeadlineError`, or on abort with the signal's reason. */
export interface Limits {
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
}

export interface WaitOptions extends Limits {
  /** The pause between an answer and the next question. */
  readonly everyMs: number;
  /** What is waited for and what was seen last: `redis-2 in sync (link down)`. */
  readonly describe: () => string;
}

/** For work in slices: throws if the time is up. */
export function checkLimits({ deadline, signal }: Limits, describe: () => string): void {
  signal.throwIfAborted();
  if (deadline.remainingMs() === 0) throw outOfTime(deadline, describe());
}

/**
 * Asks `probe` until it answers something else than undefined, never twice at once.
 * A probe that got no reply, or that of a server that is busy, has not seen it yet; what else
 * it throws ends the wait, so does another error for a reply. A probe that hangs does not hold
 * up the deadline.
 */
export async function waitUntil<T>(
  probe: () => Promise<T | undefined>,
  { deadline, signal, everyMs, describe }: WaitOptions,
): Promise<T> {
  const settled = new AbortController();
  const stop = AbortSignal.any([signal, settled.signal]);
  let trouble = '';

  const poll = async (): Promise<T> => {
    for (;;) {
      stop.throwIfAborted();
      try {
        const found = await probe();
        if (found !== undefined) return found;
        trouble = '';
      } catch (error) {
        if (!isNotYet(error)) throw error;
        trouble = `; ${error.message}`;
      }
      await sleep(everyMs, undefined, { signal: stop });
    }
  };
  const expire = async (): Promise<never> => {
    await sleep(deadline.remainingMs(), undefined, { signal: stop });
    throw outOfTime(deadline, describe() + trouble);
  };

  try {
    return await Promise.race([poll(), expire()]);
  } catch (error) {
    if (!signal.aborted) throw error;
    const { reason } = signal;
    if (!(reason instanceof DeadlineError)) throw reason;
    // Of two clocks that run out together, this one knows what was waited for.
    throw new DeadlineError(`${reason.message}, waiting for ${describe()}${trouble}`);
  } finally {
    settled.abort();
  }
}

/** What a server answers for a while: it reads its data, runs a script, has lost its master. */
const PASSING: ReadonlySet<string> = new Set(['LOADING', 'BUSY', 'MASTERDOWN']);

export const isPassing = (error: unknown): error is ReplyError =>
  error instanceof ReplyError && PASSING.has(error.replyCode);

const isNotYet = (error: unknown): error is NoReplyError | ReplyError =>
  error instanceof NoReplyError || isPassing(error);

function outOfTime(deadline: Deadline, what: string): DeadlineError {
  return new DeadlineError(`gave up after ${duration(deadline.ms)} waiting for ${what}`);
}
