/** Several commands at once on one topology. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containerOf, docker, shell } from '../support/docker.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  start,
  status,
} from '../support/rrepl.js';

let name: string;

beforeAll(async () => {
  name = newTopology('once');
  await rrepl(['up', '--name', name, '--replicas', '1']);
});
afterAll(removeTopologies);

const masters = async () =>
  (await status(name)).nodes.filter(({ role }) => role === 'master').map((node) => node.name);

test('a change beside a switchover does not bring the old role back', async () => {
  const [master] = await masters();
  const change = start(['up', '--name', name, '--set', 'maxmemory-samples=6']);
  const results = await Promise.all([change.ended, run(['switchover', '--name', name])]);
  for (const { exitCode, stderr } of results) expect(exitCode, stderr).toBe(0);
  const [next] = await masters();
  expect(next).not.toBe(master);
  await docker('restart', containerOf(name, next ?? ''));
  await expect.poll(masters, { timeout: 20_000 }).toEqual([next]);
});

test('a command that is killed keeps nobody waiting', async () => {
  // A server that was restarted has its link a moment later.
  await rrepl(['heal', '--name', name]);
  const drill = start(['kill-master', '--name', name, '--before', '60000']);
  await drill.untilStderr(/load begins/);
  const change = start(['up', '--name', name, '--timeout', '30s']);
  await change.untilStderr(/waiting for `rrepl kill-master --name \S+ --before 60000` \(pid \d+/);
  drill.child.kill('SIGKILL');
  const { exitCode, stderr } = await change.ended;
  expect(exitCode, stderr).toBe(0);
});

const CHANGES = [['up'], ['up', '--set', 'databases=20'], ['heal']];

test.each(CHANGES.flatMap((command) => ['master', 'replica'].map((role) => ({ command, role }))))(
  'a $role that stops under $command, told so by a command before',
  async ({ command, role }) => {
    const node = (await status(name)).nodes.find((it) => it.role === role)?.name ?? '';
    const container = containerOf(name, node);
    // A stopped process keeps SIGTERM until it goes on: to the engine its container runs meanwhile.
    await docker('kill', '--signal', 'STOP', container);
    const stop = docker('stop', '--time', '60', container);
    const pending = () => shell(name, node, 'grep ShdPnd /proc/1/status');
    await expect.poll(pending, { timeout: 20_000 }).toContain('4000'); // SIGTERM
    const [first = '', ...said] = command;
    const change = start([first, '--name', name, ...said]);
    await change.untilStderr(new RegExp(`${node}: waiting for PONG`));
    await docker('kill', '--signal', 'CONT', container);
    const { exitCode, stderr } = await change.ended;
    expect(exitCode, stderr).toBe(0);
    await stop;
    // It may have answered once more before it ended.
    await rrepl(['up', '--name', name]);
    await expectVerified(name);
  },
);
