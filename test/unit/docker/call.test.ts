import { expect, onTestFinished, test, vi } from 'vitest';
import { bounded } from '../../../src/docker/call.js';
import { DeadlineError } from '../../../src/errors.js';

const never = () => new Promise<never>(() => {});

const bounds = (deadlineMs: number, ...signals: AbortSignal[]) => ({
  deadlineMs,
  signals,
  overdue: (ms: number) => `not within ${ms} ms`,
  about: () => ({ code: 'engine-silent' }) as const,
});

test('passes an answer and an error on', async () => {
  expect(await bounded(bounds(1_000), async () => 42)).toBe(42);
  const failing = bounded(bounds(1_000), async () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
});

test('gives up on work that never settles', async () => {
  const error = await bounded(bounds(20), never).catch((reason: unknown) => reason);
  expect(error).toEqual(
    new DeadlineError('not within 20 ms', { about: { code: 'engine-silent' } }),
  );
});

test('tells the work that it is over', async () => {
  let told: AbortSignal | undefined;
  const late = bounded(bounds(20), async ({ signal }) => {
    told = signal;
    await never();
  });
  await expect(late).rejects.toThrow(DeadlineError);
  expect(told?.aborted).toBe(true);
});

test('restarts the clock when asked, or stops it', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const talkative = bounded(bounds(60), async ({ allow }) => {
    for (let part = 0; part < 4; part += 1) {
      await vi.advanceTimersByTimeAsync(30);
      allow(60);
    }
    allow(Number.POSITIVE_INFINITY);
    await vi.advanceTimersByTimeAsync(1000);
    return 'done';
  });
  expect(await talkative).toBe('done');
});

test('rejects with the reason of whichever signal aborts, even when it had before', async () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const reason = new Error('stop');
  const waiting = bounded(bounds(1_000, one.signal, two.signal), never);
  two.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(bounded(bounds(1_000, two.signal), never)).rejects.toBe(reason);
});
