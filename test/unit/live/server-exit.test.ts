import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { DeadlineError, InvalidError } from '../../../src/errors.js';
import { ServerStoppedError, whileRunning } from '../../../src/live/server-exit.js';
import { Deadline, waitUntil } from '../../../src/redis/wait.js';
import { type FakeContainer, FakeRuntime } from '../../support/fake-runtime.js';
import { rejection } from '../../support/run.js';
import { foreignSpec } from '../../support/topologies.js';

let runtime: FakeRuntime;
let servers: { node: string; container: string }[];

beforeEach(() => {
  runtime = new FakeRuntime();
  servers = ['redis-1', 'redis-2'].map((node) => ({ node, container: node }));
  for (const { container } of servers) {
    runtime.add({ ...foreignSpec(container), image: 'redis:6.0' });
    find(container).state = 'running';
  }
});

function find(name: string): FakeContainer {
  const found = runtime.containers.get(name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

const wait = (probe: () => Promise<true | undefined>, ms = 5000) => {
  const limits = { deadline: new Deadline(ms), signal: new AbortController().signal };
  return whileRunning(runtime, servers, limits, (it) =>
    waitUntil(probe, { ...it, everyMs: 5, describe: () => 'a sign' }),
  );
};
const never = async () => undefined;

it('is the wait itself while all of them run', async () => {
  expect(await wait(async () => true)).toBe(true);
  await expect(wait(never, 300)).rejects.toThrow(DeadlineError);
});

it('ends with the reason of any that stops, from its log', async () => {
  setTimeout(() => {
    Object.assign(find('redis-2'), { state: 'exited', exitCode: 1 });
    find('redis-2').log.push('# Bad file format reading the append only file');
  }, 20);
  const error = await rejection(wait(never));
  expect(error).toBeInstanceOf(ServerStoppedError);
  expect(error.message).toBe(
    'redis-2 exited with code 1\n  # Bad file format reading the append only file',
  );
  expect((error as ServerStoppedError).server.node).toBe('redis-2');
});

it('ends if a container is gone, or its configuration is to blame', async () => {
  runtime.containers.delete('redis-1');
  expect((await rejection(wait(never))).message).toBe('redis-1: its container redis-1 is gone');
  runtime.add({ ...foreignSpec('redis-1'), image: 'redis:6.0' });
  Object.assign(find('redis-1'), { state: 'exited', exitCode: 1 });
  find('redis-1').log.push(">>> 'foo bar'", 'Bad directive');
  expect(await rejection(wait(never))).toBeInstanceOf(InvalidError);
});

it('gives one that its restart policy starts again a chance, but not for ever', async () => {
  const container = find('redis-1');
  container.state = 'restarting';
  setTimeout(() => {
    container.state = 'running';
  }, 300);
  const later = async () => (container.state === 'running' ? true : undefined);
  expect(await wait(later)).toBe(true);
  Object.assign(container, { state: 'restarting', exitCode: 1 });
  const restarts = setInterval(() => container.starts++, 100);
  const error = await rejection(wait(never));
  clearInterval(restarts);
  expect(error.message).toMatch(/^redis-1 exited with code 1/);
});

it('looks no more once the wait is over', async () => {
  await wait(async () => true);
  const calls = runtime.calls.length;
  await sleep(600);
  expect(runtime.calls.length).toBe(calls);
});
