/** An engine that stops answering in the middle of `up`, at every call that there is. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeadlineError } from '../../../src/errors.js';
import type { BringUp } from '../../../src/execute/bring-up.js';
import { changesOf } from '../../../src/plan/plan-text.js';
import { hanging } from '../../support/hanging.js';
import { FakeRun, rejection } from '../../support/run.js';
import { topology } from '../../support/topologies.js';

/** Nobody waits longer for an engine that may be gone. */
const SOON_MS = 5000;
const STEP_MS = 100;

const wanted = topology({ replicas: 1 });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date', 'performance'] });
});
afterEach(() => vi.useRealTimers());

/** An `up` whose engine hangs from the n-th call on, and whose time runs out then. */
async function hangAt(run: FakeRun, at: number, comesBack: boolean): Promise<Error> {
  const hang = { at, lasts: true };
  const seen = { calls: 0 };
  const expiry = new AbortController();
  const connectRuntime: BringUp['connectRuntime'] = async (signal) =>
    hanging(run.runtime, hang, seen, signal);
  let over = false;
  const ended = rejection(
    run.start({ topology: wanted, connectRuntime, signal: expiry.signal }),
  ).finally(() => {
    over = true;
  });
  await vi.waitFor(() => expect(seen.calls).toBeGreaterThanOrEqual(at));
  hang.lasts = !comesBack;
  expiry.abort(new DeadlineError('the time is up'));
  for (let ms = 0; ms < SOON_MS && !over; ms += STEP_MS) {
    await vi.advanceTimersByTimeAsync(STEP_MS);
  }
  const error = await ended;
  expect(run.servers.open).toBe(0);
  return error;
}

describe('each call', async () => {
  const clean = new FakeRun();
  await clean.start({ topology: wanted });
  const calls = clean.runtime.calls.map((call, index) => [index + 1, call] as const);

  it.each(calls)('nothing is left if it answers again in time: %i, %s', async (at) => {
    const run = new FakeRun();
    const error = await hangAt(run, at, true);
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error.message).toMatch(/^the time is up/);
    expect(run.runtime.inventory()).toEqual([]);
    expect(run.notes).toEqual([]);
  });

  it.each(calls)('nobody waits if it does not, and the next up finishes: %i, %s', async (at) => {
    const run = new FakeRun();
    const error = await hangAt(run, at, false);
    expect(error.message).toMatch(/^the time is up/);
    if (run.runtime.inventory().length > 0) {
      expect(run.notes).toEqual([expect.stringContaining('`rrepl up --name demo` finishes it')]);
    }
    vi.useRealTimers();
    await run.start({ topology: wanted });
    expect(run.runtime.inventory()).toHaveLength(8);
    expect(changesOf(await run.start({ topology: wanted }))).toEqual([]);
  });
});
