/**
 * rrepl killed with SIGKILL at random moments of what changes a topology. Each time the next
 * `up`, told what the killed one was told, makes it whole, with every write that was acknowledged
 * before; and in the end `down --volumes` leaves nothing. A failure says its seed: RREPL_TEST_SEED=… replays the moments.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { amount } from '../support/amount.js';
import { holdings, NOTHING } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import { randomsFrom } from '../support/random.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  start,
  status,
} from '../support/rrepl.js';

const SEED = Number(process.env.RREPL_TEST_SEED ?? Date.now() % 1_000_000);

interface Action {
  readonly action: readonly string[];
  readonly from: 'up' | 'down';
  readonly ms: number;
}

/** What is killed, from which state, and about how long it takes if it is let be. */
const actionsOf = (round: number): Action[] => [
  { action: ['up'], from: 'down', ms: 1800 },
  { action: ['scale', '3'], from: 'up', ms: 1500 },
  { action: ['switchover'], from: 'up', ms: 400 },
  { action: ['scale', '1'], from: 'up', ms: 1200 },
  { action: ['down'], from: 'up', ms: 1500 },
  { action: ['up', '--set', `databases=${20 + round}`], from: 'up', ms: 4000 },
];
const ROUNDS = amount(1, 5);

const random = randomsFrom(SEED);
const moments = Array.from({ length: ROUNDS }, (_, round) => actionsOf(round))
  .flat()
  .map((it, at) => ({ ...it, at, killAfterMs: Math.round(random() * it.ms) }));

let name: string;
let port: string;
const of = (command: string, ...args: string[]) => [command, '--name', name, ...args];
const up = (...said: string[]) => rrepl(of('up', '--port', port, ...said));

beforeAll(async () => {
  name = newTopology('x');
  port = String(await freePorts(5));
  await up();
});

afterAll(removeTopologies);

test.each(moments)(
  `seed ${SEED}: $action killed after $killAfterMs ms`,
  async ({ at, action, from, killAfterMs }) => {
    await rrepl(of('cli', '--', 'SET', `key:${at}`, String(at)));
    if (from === 'down') await rrepl(of('down'));
    const { child, ended } = start([
      ...action,
      '--name',
      name,
      ...(action[0] === 'up' ? ['--port', port] : []),
    ]);
    await Promise.race([sleep(killAfterMs), ended]);
    child.kill('SIGKILL');
    await ended;
    const [command, ...said] = action;
    await up(...(command === 'up' ? said : []));
    await expectVerified(name);
    const keys = moments.slice(0, at + 1).map((moment) => `key:${moment.at}`);
    const values = await rrepl(of('cli', '--', 'MGET', ...keys));
    expect(values.trim().split('\n')).toEqual(moments.slice(0, at + 1).map((it) => String(it.at)));
  },
);

test('down --volumes leaves nothing, also when it was killed before', async () => {
  const { child, ended } = start(of('down', '--volumes'));
  await sleep(random() * 1000);
  child.kill('SIGKILL');
  await ended;
  await rrepl(of('down', '--volumes'));
  expect(await holdings(name)).toEqual(NOTHING);
  expect((await run(of('status'))).exitCode).toBe(2);
});

test('up from nothing, killed, and then taken down', async () => {
  const other = newTopology('y');
  const { child, ended } = start(['up', '--name', other, '--port', port]);
  await sleep(random() * 1500);
  child.kill('SIGKILL');
  await ended;
  await rrepl(['up', '--name', other, '--port', port]);
  expect((await status(other)).nodes).toHaveLength(3);
  await expectVerified(other);
});
