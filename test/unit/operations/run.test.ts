import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeadlineError, EngineError, InterruptedError } from '../../../src/errors.js';
import { endInTime } from '../../../src/operations/run.js';
import { Deadline } from '../../../src/redis/wait.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const { signal } = new AbortController();
const within = <T>(work: (signal: AbortSignal) => Promise<T>, outer = signal) =>
  endInTime({ signal: outer, deadline: new Deadline(60_000) }, 'it is not done', (run) =>
    work(run.signal),
  );

/** Ends as the signal does. */
const until = async (ends: AbortSignal): Promise<never> =>
  sleep(3_600_000, undefined, { signal: ends }).catch(() => {
    throw ends.reason;
  }) as never;

it('leaves no clock that keeps the process alive, however the work ends', async () => {
  expect(await within(async () => 'done')).toBe('done');
  await expect(within(() => Promise.reject(new EngineError('no')))).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

it('ends the work when the time is up, and says after how long', async () => {
  const failure = expect(within(until)).rejects.toThrow(
    new DeadlineError('it is not done after 1 min 0 s'),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await failure;
});

it('ends it with the outer signal too', async () => {
  const controller = new AbortController();
  const failure = expect(within(until, controller.signal)).rejects.toThrow(InterruptedError);
  controller.abort(new InterruptedError('SIGINT'));
  await failure;
});
