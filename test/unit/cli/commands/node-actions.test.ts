import { beforeEach, describe, expect, it, vi } from 'vitest';
import { withUpstream } from '../../../../src/config/upstream.js';
import { CONF_FILE } from '../../../../src/docker/names.js';
import { main } from '../../../../src/main.js';
import type { NodeAddress } from '../../../../src/redis/ioredis-node.js';
import { FakeServers } from '../../../support/fake-redis.js';
import { FakeRuntime } from '../../../support/fake-runtime.js';
import { captured, noInput } from '../../../support/streams.js';

let runtime: FakeRuntime;
let servers: FakeServers;

vi.mock('../../../../src/docker/connect.js', () => ({ connectEngine: async () => runtime }));
vi.mock('../../../../src/redis/ioredis-node.js', () => ({
  connectNode: ({ name, port }: NodeAddress) => servers.connect(runtime, name, port),
}));

async function rrepl(...argv: string[]) {
  const streams = { stdin: noInput(), stdout: captured(), stderr: captured() };
  const exitCode = await main([...argv, '--name', 'demo'], { ...streams, env: {}, cwd: '/' });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

const REPLICA = 'rrepl-demo-redis-2';

beforeEach(async () => {
  runtime = new FakeRuntime();
  servers = new FakeServers(runtime);
  expect((await rrepl('up', '--replicas', '1')).exitCode).toBe(0);
});

const INTO = {
  running: async () => {},
  paused: () => runtime.pauseContainer(REPLICA),
  stopped: () => runtime.stopContainer(REPLICA),
  'cut off': () => runtime.disconnectNetwork('rrepl-demo_replication', REPLICA),
  gone: () => runtime.removeContainer(REPLICA),
} as const;

describe('an action that is done already says so and changes nothing', () => {
  it.each([
    ['kill', 'stopped', 'stopped'],
    ['stop', 'stopped', 'stopped'],
    ['start', 'running', 'running'],
    ['pause', 'paused', 'paused'],
    ['unpause', 'running', 'running'],
    ['disconnect', 'cut off', 'cut off'],
    ['connect', 'running', 'attached'],
  ] as const)('%s of a node that is %s', async (action, state, word) => {
    await INTO[state]();
    const before = runtime.calls.length;
    const { exitCode, stderr } = await rrepl(action, 'redis-2');
    expect(exitCode).toBe(0);
    expect(stderr).toBe(`redis-2 is ${word} already, nothing changed\n`);
    const acts = runtime.calls.slice(before).filter((call) => /(Container|Network) /.test(call));
    expect(acts).toEqual([]);
  });
});

describe('an action that needs another one first names it', () => {
  it.each([
    ['stop', 'paused', 'unpause redis-2'],
    ['start', 'paused', 'unpause redis-2'],
    ['restart', 'paused', 'unpause redis-2'],
    ['pause', 'stopped', 'start redis-2'],
    ['unpause', 'stopped', 'start redis-2'],
    ['kill', 'gone', 'up'],
    ['connect', 'gone', 'up'],
  ] as const)('%s of a node that is %s', async (action, state, first) => {
    await INTO[state]();
    const { exitCode, stderr } = await rrepl(action, 'redis-2');
    expect(exitCode).toBe(2);
    const [command, ...node] = first.split(' ');
    expect(stderr).toContain(`\`${['rrepl', command, ...node].join(' ')} --name demo\``);
  });
});

it('env refuses to choose between two masters', async () => {
  await runtime.stopContainer(REPLICA);
  const text = runtime.file(REPLICA, CONF_FILE)?.text ?? '';
  runtime.put(REPLICA, CONF_FILE, withUpstream(text, null));
  await runtime.startContainer(REPLICA);
  const { exitCode, stdout, stderr } = await rrepl('env');
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('topology demo has two masters: redis-1, redis-2');
  expect(stderr).toContain('`rrepl heal --name demo`');
});
