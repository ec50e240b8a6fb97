import { expect, test } from 'vitest';
import { alone, takeLock } from '../../../src/commands/lock.js';
import type { Context } from '../../../src/context.js';
import { InterruptedError } from '../../../src/errors.js';
import { Deadline } from '../../../src/redis/wait.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { rejection } from '../../support/run.js';
import { captured } from '../../support/streams.js';

const runtime = new FakeRuntime();

function user(command: string, { engine = runtime, signal = new AbortController().signal } = {}) {
  const stderr = captured();
  const connectRuntime = async () => engine;
  const context = { argv: command.split(' '), stderr, signal, connectRuntime };
  return { stderr, context: context as unknown as Context };
}

const soon = () => new Deadline(300);

test('the second waits for the first, and says for whom', async () => {
  const [first, second] = [user('switchover redis-2'), user('up --set hz=20')];
  const order: string[] = [];
  const release = await takeLock(first.context, { name: 'demo' });
  const waiting = alone(second.context, { name: 'demo' }, async () => order.push('second'));
  await expect.poll(() => second.stderr.text).toMatch(/^waiting for /);
  order.push('first');
  await release();
  await waiting;
  expect(order).toEqual(['first', 'second']);
  expect(first.stderr.text).toBe('');
  expect(second.stderr.text).toMatch(
    /^waiting for `rrepl switchover redis-2` \(pid \d+, for \S+ m?s\), which is at work on demo\n$/,
  );
});

test('many at once work one after the other', async () => {
  let atWork = 0;
  const work = async () => {
    atWork += 1;
    expect(atWork).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atWork -= 1;
  };
  await Promise.all(
    Array.from({ length: 12 }, () => alone(user('up').context, { name: 'demo' }, work)),
  );
});

test('a failure lets the next one begin', async () => {
  const failing = alone(user('up').context, { name: 'demo' }, () => Promise.reject(new Error('x')));
  expect((await rejection(failing)).message).toBe('x');
  await (await takeLock(user('up').context, { name: 'demo', deadline: soon() }))();
});

test('topologies and engines are not in the way of each other', async () => {
  const elsewhere = user('up', { engine: new FakeRuntime() });
  const releases = [
    await takeLock(user('up').context, { name: 'demo' }),
    await takeLock(user('up').context, { name: 'other', deadline: soon() }),
    await takeLock(elsewhere.context, { name: 'demo', deadline: soon() }),
  ];
  for (const release of releases) await release();
});

test('waiting ends at the deadline, with the name of whoever is at work', async () => {
  const release = await takeLock(user('kill-master').context, { name: 'demo' });
  const late = takeLock(user('heal').context, { name: 'demo', deadline: soon() });
  expect(await rejection(late)).toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(
      /^`rrepl kill-master` \(pid \d+, .*\) is at work on demo, and was not done after 300 ms; nothing was changed$/,
    ),
  });
  await release();
});

test('and with Ctrl-C', async () => {
  const controller = new AbortController();
  const release = await takeLock(user('up').context, { name: 'demo' });
  const { context, stderr } = user('down', { signal: controller.signal });
  const interrupted = rejection(takeLock(context, { name: 'demo' }));
  await expect.poll(() => stderr.text).toMatch(/^waiting for /);
  const reason = new InterruptedError('SIGINT');
  controller.abort(reason);
  expect(await interrupted).toBe(reason);
  await release();
  await (await takeLock(user('up').context, { name: 'demo', deadline: soon() }))();
});
