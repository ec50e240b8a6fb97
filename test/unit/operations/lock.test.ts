import { expect, test } from 'vitest';
import { InterruptedError } from '../../../src/errors.js';
import { faultOf } from '../../../src/operations/faults.js';
import { alone, takeLock } from '../../../src/operations/lock.js';
import type { OperationEvent, OperationOptions } from '../../../src/operations/operation.js';
import { promote } from '../../../src/operations/promote.js';
import { discard } from '../../../src/operations/restore.js';
import { Deadline } from '../../../src/redis/wait.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { rejection, UNKNOWN_OWNERS } from '../../support/run.js';

const engine = new FakeRuntime();

function user(caller: string, { runtime = engine, signal = new AbortController().signal } = {}) {
  const told: OperationEvent[] = [];
  const emit = (event: OperationEvent) => void told.push(event);
  const loadRedis = () => Promise.reject(new Error('no server is asked'));
  return {
    engine: { connectRuntime: async () => runtime, loadRedis, owners: UNKNOWN_OWNERS, caller },
    told,
    signal,
    emit,
  };
}

type User = ReturnType<typeof user>;

const lock = (it: User, { deadline }: { deadline?: Deadline } = {}, topology = 'demo') =>
  takeLock(it.engine, topology, { ...it, ...(deadline && { deadline }) });
const work = <T>(it: User, task: () => Promise<T>) => alone(it.engine, 'demo', it, task);

const soon = () => new Deadline(300);

test('the second waits for the first, and says for whom', async () => {
  const [first, second] = [user('switchover'), user('`rrepl up`')];
  const order: string[] = [];
  const release = await lock(first);
  const waiting = work(second, async () => order.push('second'));
  await expect.poll(() => second.told.length).toBe(1);
  order.push('first');
  await release();
  await waiting;
  expect(order).toEqual(['first', 'second']);
  expect(first.told).toEqual([]);
  const holder = expect.stringMatching(/^switchover \(pid \d+, for \S+ m?s\)$/);
  expect(second.told).toEqual([{ type: 'waiting', topology: 'demo', holder }]);
});

test('many at once work one after the other', async () => {
  let atWork = 0;
  const task = async () => {
    atWork += 1;
    expect(atWork).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atWork -= 1;
  };
  await Promise.all(Array.from({ length: 12 }, () => work(user('up'), task)));
});

test('a failure lets the next one begin', async () => {
  const failing = work(user('up'), () => Promise.reject(new Error('x')));
  expect((await rejection(failing)).message).toBe('x');
  await (await lock(user('up'), { deadline: soon() }))();
});

test('topologies and engines are not in the way of each other', async () => {
  const elsewhere = user('up', { runtime: new FakeRuntime() });
  const releases = [
    await lock(user('up')),
    await lock(user('up'), { deadline: soon() }, 'other'),
    await lock(elsewhere, { deadline: soon() }),
  ];
  for (const release of releases) await release();
});

test('waiting ends at the deadline, with the name of whoever is at work', async () => {
  const release = await lock(user('kill-master'));
  expect(await rejection(lock(user('heal'), { deadline: soon() }))).toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(
      /^kill-master \(pid \d+, .*\) is at work on demo, and was not done after 300 ms; nothing was changed$/,
    ),
  });
  await release();
});

test('so does waiting for an engine that does not answer', async () => {
  const hanging = { ...user('up'), engine: { ...user('up').engine, connectRuntime: hang } };
  expect(await rejection(lock(hanging, { deadline: soon() }))).toMatchObject({
    exitCode: 5,
    message: 'the engine did not answer within 300 ms',
  });
});

const hang = () => new Promise<never>(() => {});

test('and with its signal', async () => {
  const controller = new AbortController();
  const release = await lock(user('up'));
  const second = user('down', { signal: controller.signal });
  const interrupted = rejection(lock(second));
  await expect.poll(() => second.told.length).toBe(1);
  const reason = new InterruptedError('SIGINT');
  controller.abort(reason);
  expect(await interrupted).toBe(reason);
  await release();
  await (await lock(user('up'), { deadline: soon() }))();
});

test.each<[string, (it: User, options: OperationOptions) => Promise<unknown>]>([
  [
    'pause',
    (it, options) => faultOf('pause')(it.engine, { topology: 'demo', node: 'replica' }, options),
  ],
  ['promote', (it, options) => promote(it.engine, { topology: 'demo' }, options)],
  ['discard', (it, options) => discard(it.engine, { topology: 'demo', node: 'redis-2' }, options)],
])('%s waits as long as it is told to', async (_, operation) => {
  const release = await lock(user('up'));
  const error = await rejection(operation(user('library'), { timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'busy' });
  expect(error.message).toContain('was not done after 300 ms');
  await release();
});
