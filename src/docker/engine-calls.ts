import { DeadlineError } from '../errors.js';
import { duration } from '../format.js';
import { sleep } from '../sleep.js';
import { bounded, type Call } from './call.js';
import type { Endpoint } from './endpoint.js';
import { asRefusal, type Refused, translate } from './engine-errors.js';

const CALL_MS = 30_000;
const REPEAT_MS = 100;
/** No call that is well takes this long, save those that say so. */
const SLOW_MS = 2_000;
const SILENT = { code: 'engine-silent' } as const;

type Send<T> = (call: Call) => Promise<T>;

export interface CallOptions {
  /** Milliseconds; 30 seconds unless told otherwise. */
  readonly deadlineMs?: number;
  /** Ends this call as the runtime's own signal ends all of them. */
  readonly until?: AbortSignal;
}

/**
 * The ways to call the engine: all of them bounded, abortable and rejecting with rrepl's
 * errors. `what` says what is being tried and follows the word "cannot".
 */
export class EngineCalls {
  readonly #endpoint: Endpoint;
  readonly #signal: AbortSignal;

  constructor(endpoint: Endpoint, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#signal = signal;
  }

  async ask<T>(what: string, send: Send<T>, options: CallOptions = {}): Promise<T> {
    const { deadlineMs = CALL_MS, until } = options;
    const bounds = {
      deadlineMs,
      signals: until ? [this.#signal, until] : [this.#signal],
      overdue: (ms: number) =>
        `cannot ${what}: the Docker engine at ${this.#endpoint.url} did not finish within ${ms / 1000} s`,
      about: () => SILENT,
    };
    const begunAt = performance.now();
    try {
      return await bounded(bounds, send);
    } catch (error) {
      const waitedMs = performance.now() - begunAt;
      if (error instanceof DeadlineError && error === this.#signal.reason && waitedMs > SLOW_MS) {
        throw this.#blamed(error, what, waitedMs);
      }
      throw translate(error, what, this.#endpoint);
    }
  }

  /** Somebody's time has run out while the engine kept them waiting: that is why. */
  #blamed(error: DeadlineError, what: string, waitedMs: number): DeadlineError {
    const blame = `the Docker engine at ${this.#endpoint.url} has not answered for ${duration(waitedMs)}: ${what}`;
    return new DeadlineError(`${error.message}; ${blame}`, { about: SILENT, cause: error });
  }

  /** The answer, or null if what is asked for isn't there. */
  find<T>(what: string, send: Send<T>, options?: CallOptions): Promise<T | null> {
    const missing: Refused = ({ status }) => status === 404;
    return this.ask(what, (call) => unless(missing, send(call), null), options);
  }

  /** Does something that is also done if the engine refuses it in the way named. */
  async settle(
    what: string,
    done: Refused,
    send: Send<unknown>,
    options?: CallOptions,
  ): Promise<void> {
    await this.ask(what, (call) => unless(done, send(call), undefined), options);
  }
}

async function unless<T, F>(refused: Refused, answer: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await answer;
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal && refused(refusal)) return fallback;
    throw error;
  }
}

/** Asks again and again as long as the engine refuses in the way named. */
export async function repeatWhile<T>(
  refused: Refused,
  { signal }: Call,
  send: () => Promise<T>,
): Promise<T> {
  const refusedOnce = Symbol();
  for (;;) {
    const answer = await unless(refused, send(), refusedOnce);
    if (answer !== refusedOnce) return answer as T;
    await sleep(REPEAT_MS, signal);
  }
}
