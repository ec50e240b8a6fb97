import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DeadlineError, InterruptedError } from '../../../src/errors.js';
import { NoReplyError, ReplyError } from '../../../src/redis/node.js';
import { checkLimits, Deadline, waitUntil } from '../../../src/redis/wait.js';
import { inTurn, limits } from './fake-node.js';

const describeIt = () => 'redis-2 in sync (seen: link down)';

function wait(probe: () => unknown, ms = 1000) {
  const asked = async () => probe();
  return waitUntil(asked, { ...limits(ms), everyMs: 1, describe: describeIt });
}

describe('Deadline', () => {
  it('runs out and stays at 0', async () => {
    const deadline = new Deadline(5);
    expect(deadline.remainingMs()).toBeGreaterThan(0);
    await sleep(8);
    expect(deadline.remainingMs()).toBe(0);
    expect(deadline.elapsedMs()).toBeGreaterThanOrEqual(5);
  });
});

describe('waitUntil', () => {
  it('returns the first answer that is not undefined', async () => {
    expect(await wait(inTurn(undefined, undefined, 0))).toBe(0);
  });

  it('takes no reply, or that of a server that is busy, as "not yet"', async () => {
    const busy = ['LOADING …', 'BUSY …', 'MASTERDOWN …'].map((reply) => new ReplyError(reply));
    expect(await wait(inTurn(new NoReplyError('ECONNREFUSED'), ...busy, 'up'))).toBe('up');
  });

  it.each(['NOAUTH', 'WRONGPASS', 'NOPERM', 'MISCONF', 'OOM', 'ERR'])(
    'ends at once with the server that answers %s',
    async (code) => {
      const error = new ReplyError(`${code} for a reason`, 'redis-2');
      await expect(wait(inTurn(undefined, error, 'up'))).rejects.toBe(error);
    },
  );

  it('ends with any other error', async () => {
    await expect(wait(inTurn(new TypeError('defect')))).rejects.toThrow(TypeError);
  });

  it('says at the deadline what it waited for and what it saw last', async () => {
    const failure = wait(inTurn(new NoReplyError('ECONNREFUSED'), undefined), 20);
    await expect(failure).rejects.toThrow(DeadlineError);
    await expect(failure).rejects.toThrow(
      'gave up after 20 ms waiting for redis-2 in sync (seen: link down)',
    );
  });

  it('says which error it saw last', async () => {
    const failure = wait(inTurn(new ReplyError('LOADING Redis is loading', 'redis-2')), 20);
    await expect(failure).rejects.toThrow('(seen: link down); redis-2 answers LOADING Redis is');
  });

  it('is not held up by a probe that hangs', async () => {
    await expect(wait(() => new Promise(() => {}), 20)).rejects.toThrow(DeadlineError);
  });

  it('never asks twice at once', async () => {
    let open = 0;
    let asked = 0;
    const probe = async () => {
      expect(++open).toBe(1);
      await sleep(3);
      open--;
      return ++asked === 5 ? 'done' : undefined;
    };
    await wait(probe);
    expect(asked).toBe(5);
  });

  it('stops asking once the time is up', async () => {
    let asked = 0;
    await expect(wait(() => void asked++, 10)).rejects.toThrow(DeadlineError);
    const then = asked;
    await sleep(20);
    expect(asked).toBe(then);
  });

  it('ends with the reason of an abort, before and during the wait', async () => {
    const stop = new AbortController();
    const options = { deadline: new Deadline(1000), everyMs: 1, describe: describeIt };
    const waiting = waitUntil(async () => undefined, { ...options, signal: stop.signal });
    stop.abort(new InterruptedError('SIGINT'));
    await expect(waiting).rejects.toThrow(InterruptedError);
    const late = waitUntil(async () => 'up', { ...options, signal: stop.signal });
    await expect(late).rejects.toThrow(InterruptedError);
  });

  it('says what it waited for if another clock runs out first', async () => {
    const stop = new AbortController();
    const options = { deadline: new Deadline(1000), everyMs: 1, describe: describeIt };
    const loading = inTurn(new ReplyError('LOADING …', 'redis-2'));
    const waiting = waitUntil(async () => loading(), { ...options, signal: stop.signal });
    await sleep(5);
    stop.abort(new DeadlineError('it is not done after 8.0 s'));
    await expect(waiting).rejects.toThrow(
      'it is not done after 8.0 s, waiting for redis-2 in sync (seen: link down); redis-2 answers LOADING …',
    );
  });
});

describe('checkLimits', () => {
  it('throws only once the time is up', () => {
    expect(() => checkLimits(limits(1000), describeIt)).not.toThrow();
    expect(() => checkLimits(limits(0), describeIt)).toThrow(DeadlineError);
  });
});
