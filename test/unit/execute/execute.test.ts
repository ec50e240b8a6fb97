import { describe, expect, it, test } from 'vitest';
import { InterruptedError } from '../../../src/errors.js';
import { ExecutionError, execute } from '../../../src/execute/execute.js';
import type { RunEvent, World } from '../../../src/execute/world.js';
import type { Plan, Step } from '../../../src/plan/plan.js';
import { Deadline } from '../../../src/redis/wait.js';
import { FakeServers } from '../../support/fake-redis.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { rejection } from '../../support/run.js';
import { foreignSpec } from '../../support/topologies.js';

const network = (name: string, ...after: Step[]): Step => ({
  id: name,
  after,
  kind: 'createNetwork',
  resource: name,
  cause: 'missing',
  labels: {},
  subnet: `198.18.${name.codePointAt(0)}.0/24`,
});

const ready = (node: string): Step => ({
  id: `ready ${node}`,
  after: [],
  kind: 'waitReady',
  resource: node,
  cause: 'test',
  node,
  port: 6381,
});

const planOf = (...steps: Step[]): Plan => ({
  topology: 'demo',
  steps,
  first: [],
  notes: [],
});

function scene(signal = new AbortController().signal) {
  const runtime = new FakeRuntime();
  const servers = new FakeServers(runtime);
  const events: RunEvent[] = [];
  const world: World = {
    runtime,
    creation: null,
    connect: (node, port) => servers.connect(runtime, node, port),
    // Longer than a test: one that waits in vain for the end of something fails.
    deadline: new Deadline(60_000),
    signal,
    emit: (event) => events.push(event),
  };
  const seen = () =>
    events.map((event) => ('step' in event ? `${event.type} ${event.step.id}` : event.type));
  return { runtime, servers, world, seen };
}

test('runs steps at the same time unless one waits for another', async () => {
  const { world, seen } = scene();
  const [a, b] = [network('a'), network('b')];
  await execute(planOf(a, b, network('c', a, b)), world);
  expect(seen()).toEqual(['begun a', 'begun b', 'done a', 'done b', 'begun c', 'done c']);
});

test('nothing is done if a step waits for one that is not in the plan before it', async () => {
  const { world, seen } = scene();
  const [a, elsewhere] = [network('a'), network('b')];
  const plan = planOf(a, network('c', elsewhere));
  expect((await rejection(execute(plan, world))).message).toBe(
    'c waits for b, which is not planned before it',
  );
  expect(seen()).toEqual([]);
});

test('the first failure stops what has not begun, and tells what has', async () => {
  const { runtime, world, seen } = scene();
  runtime.failOn('createNetwork a', new Error('the engine said no'));
  const [a, b] = [network('a'), network('b')];
  const plan = planOf(a, b, network('c', a), network('d', b, a));
  const error = await rejection(execute(plan, world));
  expect(error).toBeInstanceOf(ExecutionError);
  const { step, begun, cause, message } = error as ExecutionError;
  expect(message).toBe('a failed');
  expect(step.id).toBe('a');
  expect(begun.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(cause).toEqual(new Error('the engine said no'));
  expect(seen()).toEqual(['begun a', 'begun b', 'done b']);
});

test('a failure ends the waits that are under way', async () => {
  const { runtime, servers, world } = scene();
  runtime.add(foreignSpec('redis-1'), 'running');
  runtime.failOn('createNetwork a', new Error('the engine said no'));
  const error = await rejection(execute(planOf(ready('redis-1'), network('a')), world));
  expect(error.cause).toEqual(new Error('the engine said no'));
  expect(servers.open).toBe(0);
});

test('it comes to rest before it throws', async () => {
  const { runtime, world } = scene();
  runtime.failOn('createNetwork a', new Error('the engine said no'));
  const late = { ...network('b'), id: 'b' };
  await rejection(execute(planOf(late, network('a')), world));
  expect(runtime.inventory()).toEqual(['b']);
});

test('an abort stops the run with its reason', async () => {
  const controller = new AbortController();
  const { runtime, world } = scene(controller.signal);
  const interruption = new InterruptedError('SIGINT');
  runtime.failure = ({ text }) => {
    if (text === 'createNetwork a') controller.abort(interruption);
    return undefined;
  };
  const a = network('a');
  const error = await rejection(execute(planOf(a, network('b', a)), world));
  expect(error.cause).toBe(interruption);
  expect((error as ExecutionError).step.id).toBe('b');
  expect(runtime.inventory()).toEqual(['a']);
});

test('nothing is done if the signal has aborted before', async () => {
  const { runtime, world } = scene(AbortSignal.abort(new InterruptedError('SIGTERM')));
  const error = await rejection(execute(planOf(network('a')), world));
  expect(error.cause).toBeInstanceOf(InterruptedError);
  expect(runtime.calls).toEqual([]);
});

describe('an independent step that fails', () => {
  const alone = (name: string, ...after: Step[]): Step => ({
    ...ready(name),
    id: name,
    after,
    independent: true,
  });

  it('stops only what waits for it, and is thrown when the rest is done', async () => {
    const { runtime, world, seen } = scene();
    const first = alone('redis-2');
    const plan = planOf(first, network('b', first), network('c'));
    const error = (await rejection(execute(plan, world))) as ExecutionError;
    expect(error.step).toBe(first);
    expect(error.missing).toEqual([{ node: 'redis-2', cause: error.cause }]);
    expect(runtime.inventory()).toContain('c');
    expect(runtime.inventory()).not.toContain('b');
    expect(seen()).toContain('missing');
    expect(seen()).not.toContain('begun b');
  });

  it('counts no more where another one breaks the plan off', async () => {
    const { runtime, world } = scene();
    runtime.failOn('createNetwork c', new Error('the engine said no'));
    const error = (await rejection(
      execute(planOf(alone('redis-2'), network('c')), world),
    )) as ExecutionError;
    expect(error.cause).toEqual(new Error('the engine said no'));
    expect(error.missing).toEqual([]);
  });
});
