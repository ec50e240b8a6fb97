/** The deadline of a call, and its signal. */
import { expect, test } from 'vitest';
import { inTime, lookInTime } from '../../../src/library/in-time.js';

/** What hears no signal. */
const forever = () => new Promise<never>(() => {});

test('what only looks is not waited for when it is broken off', async () => {
  await expect(lookInTime('status', { timeoutMs: 5 }, forever)).rejects.toMatchObject({
    code: 'deadline',
    message: 'status was not done after 5.0 ms',
  });
  const reason = new Error('no longer wanted');
  const controller = new AbortController();
  const looking = lookInTime('status', { signal: controller.signal }, forever);
  controller.abort(reason);
  await expect(looking).rejects.toBe(reason);
  const { signal } = controller;
  await expect(lookInTime('why', { signal, timeoutMs: 50_000 }, forever)).rejects.toBe(reason);
});

test('what changes something is told by the signal, and ends by itself', async () => {
  const work = ({ signal }: { readonly signal?: AbortSignal | undefined }) =>
    new Promise<string>((resolve) => {
      signal?.addEventListener('abort', () => resolve(String(signal.reason.code)));
    });
  expect(await inTime('kill', { timeoutMs: 5 }, work)).toBe('deadline');
});

test('without a time there is no deadline, and the signal is handed on', async () => {
  const { signal } = new AbortController();
  expect(await inTime('stop', { signal }, async (its) => its.signal)).toBe(signal);
  expect(await lookInTime('access', {}, async (its) => its)).toEqual({});
});

test('the time is handed on: what waits inside knows it, also where it is long', async () => {
  const timeoutMs = 86_400_000;
  expect(await inTime('pause', { timeoutMs }, async (its) => its.timeoutMs)).toBe(timeoutMs);
});
