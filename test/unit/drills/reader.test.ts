import { expect, it } from 'vitest';
import { type Client, readAs } from '../../../src/drills/reader.js';
import { Acknowledged } from '../../../src/drills/staleness.js';
import type { RedisNode } from '../../../src/redis/node.js';

const CLIENT: Client = { name: 'c', rounds: 3, from: ['r1', 'r2'], writer: 'itself' };

/** A master that counts, a replica that has it all, and one that never hears of it. */
function reader(confirms: number) {
  let value = 0;
  const calls: string[] = [];
  const node = (name: string, answer: (command: string, arg: unknown) => unknown): RedisNode => ({
    name,
    call: async (command, ...args) => {
      calls.push(`${name} ${command}`);
      return answer(command, args[1]);
    },
    disconnect: () => {},
    close: () => {},
  });
  const master = node('master', (command, arg) => {
    if (command === 'SET') value = Number(arg);
    return command === 'WAIT' ? confirms : 'OK';
  });
  let now = 0;
  const clock = () => {
    now += 1;
    return now;
  };
  const replicas = [node('r1', () => String(value)), node('r2', () => null)];
  const { signal } = new AbortController();
  return { calls, reader: { history: new Acknowledged(), clock, signal, master, replicas } };
}

it('reads its own write from each replica in turn', async () => {
  const scene = reader(0);
  const { samples, unconfirmed } = await readAs(CLIENT, scene.reader);
  expect(samples.map(({ node, value, behind }) => [node, value, behind])).toEqual([
    ['r1', 1, 0],
    ['r2', 0, 1],
    ['r1', 2, 0],
    ['r2', 0, 2],
    ['r1', 3, 0],
    ['r2', 0, 3],
  ]);
  expect(unconfirmed).toBe(0);
  expect(scene.calls.slice(0, 3)).toEqual(['master SET', 'r1 GET', 'r2 GET']);
});

it('reads nothing where WAIT falls short', async () => {
  const scene = reader(1);
  const found = await readAs({ ...CLIENT, wait: 2 }, scene.reader);
  expect(found).toEqual({ samples: [], unconfirmed: 3 });
  expect(scene.calls).not.toContain('r1 GET');
});

it('reads where WAIT is kept', async () => {
  const { samples } = await readAs({ ...CLIENT, wait: 1 }, reader(1).reader);
  expect(samples).toHaveLength(6);
});

it('ends the other writer when it has read enough', async () => {
  const scene = reader(0);
  const { samples } = await readAs({ ...CLIENT, writer: 'another' }, scene.reader);
  const written = scene.reader.history.newest;
  expect(samples).toHaveLength(6);
  await new Promise((resolve) => setImmediate(resolve));
  expect(scene.reader.history.newest).toBe(written);
});
