/** Moving the role by command: what is done, what is said, and that a plan does nothing. */
import { beforeEach, expect, it, vi } from 'vitest';
import { upstreamIn } from '../../../../src/config/upstream.js';
import { CONF_FILE } from '../../../../src/docker/names.js';
import { main } from '../../../../src/main.js';
import type { NodeAddress } from '../../../../src/redis/ioredis-node.js';
import { type RedisNode, ReplyError } from '../../../../src/redis/node.js';
import { FakeServers } from '../../../support/fake-redis.js';
import { FakeRuntime } from '../../../support/fake-runtime.js';
import { expectShape } from '../../../support/shapes.js';
import { captured, noInput } from '../../../support/streams.js';

let runtime: FakeRuntime;
let servers: FakeServers;
/** Every command that changes a server, and one of them refused. */
let sent: string[];
let refused: string;

const noting = (node: RedisNode): RedisNode => ({
  ...node,
  call: async (command, ...args) => {
    const text = [node.name, command, ...args].join(' ');
    if (/REPLICAOF|SET|REWRITE/.test(text)) sent.push(text);
    if (text === refused) throw new ReplyError('NOPERM');
    return node.call(command, ...args);
  },
});

vi.mock('../../../../src/docker/connect.js', () => ({ connectEngine: async () => runtime }));
vi.mock('../../../../src/redis/ioredis-node.js', () => ({
  connectNode: ({ name, port }: NodeAddress) => noting(servers.connect(runtime, name, port)),
}));

async function rrepl(...argv: string[]) {
  const streams = { stdin: noInput(), stdout: captured(), stderr: captured() };
  const exitCode = await main([...argv, '--name', 'demo'], { ...streams, env: {}, cwd: '/' });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

const inFile = (node: string) =>
  upstreamIn(runtime.file(`rrepl-demo-${node}`, CONF_FILE)?.text ?? '');

beforeEach(async () => {
  runtime = new FakeRuntime();
  servers = new FakeServers(runtime);
  refused = '';
  sent = [];
  expect((await rrepl('up', '--replicas', '2')).exitCode).toBe(0);
  sent = [];
});

const ADDRESS = 'the master is redis-2, redis://127.0.0.2:6382; REDIS_URL has changed\n';

it('switchover ends with the new address', async () => {
  const { exitCode, stderr } = await rrepl('switchover', 'redis-2');
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/^redis-2 is the master now; writes were refused for /);
  expect(stderr.endsWith(ADDRESS)).toBe(true);
});

it('promote makes the new master durable before the others are told, and a stopped one on its disk', async () => {
  await rrepl('kill', 'redis-1');
  const { exitCode, stderr } = await rrepl('promote', 'redis-2');
  expect(exitCode, stderr).toBe(0);
  expect(sent.slice(0, 3)).toEqual([
    'redis-2 REPLICAOF NO ONE',
    'redis-2 CONFIG REWRITE',
    'redis-3 REPLICAOF redis-2 6379',
  ]);
  expect(inFile('redis-1')).toBe('redis-2');
  expect(stderr.endsWith(`redis-2 is the master now\n${ADDRESS}`)).toBe(true);
});

it('promote goes on if one of them refuses, names it and the command that mends it, and where the master is', async () => {
  await rrepl('kill', 'redis-1');
  refused = 'redis-3 REPLICAOF redis-2 6379';
  const { exitCode, stderr } = await rrepl('promote', 'redis-2');
  expect(exitCode).toBe(1);
  expect(inFile('redis-1')).toBe('redis-2');
  expect(stderr).toContain(ADDRESS);
  expect(stderr).toContain(
    'redis-2 is the master now, but not everybody knows: redis-3: NOPERM\n`rrepl heal --name demo`',
  );
});

it('promote does nothing more if the new master refuses', async () => {
  await rrepl('kill', 'redis-1');
  refused = 'redis-2 REPLICAOF NO ONE';
  const { exitCode, stderr } = await rrepl('promote', 'redis-2');
  expect(exitCode).not.toBe(0);
  expect(sent).toEqual([refused]);
  expect(inFile('redis-1')).toBeNull();
  expect(stderr).not.toContain('REDIS_URL');
});

it('heal may fail over, and ends with the new address then', async () => {
  await rrepl('kill', 'redis-1');
  const { exitCode, stderr } = await rrepl('heal');
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/^redis-2: promoted$/m);
  expect(stderr).not.toContain('is the master now');
  expect(stderr.endsWith(`demo is healed\n${ADDRESS}`)).toBe(true);
});

it.each([
  ['plan', 'promote', 'redis-2'],
  ['plan', 'promote', 'replica'],
  ['heal', '--dry-run'],
])('%s %s prints the promotion and does nothing', async (...argv) => {
  await rrepl('kill', 'redis-1');
  const before = runtime.calls.length;
  const { exitCode, stdout, stderr } = await rrepl(...argv);
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toMatch(/^promote +rrepl-demo-redis-[23] +# the master is lost$/m);
  expect(stdout).toMatch(/^re-point +rrepl-demo-redis-3 +to redis-2 /m);
  const json = JSON.parse((await rrepl(...argv, '--json')).stdout);
  expectShape('plan', json);
  expect(json.steps).toContainEqual(
    expect.objectContaining({ kind: 'promote', does: 'promote', cause: 'the master is lost' }),
  );
  expect(sent).toEqual([]);
  const acts = runtime.calls
    .slice(before)
    .filter((call) => /(Container|Network|Files) /.test(call));
  expect(acts.filter((call) => !call.startsWith('inspect'))).toEqual([]);
});

it('plan switchover prints the handover and does nothing', async () => {
  const { exitCode, stdout } = await rrepl('plan', 'switchover');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^switch over +rrepl-demo-redis-2 +from redis-1 /m);
  const json = JSON.parse((await rrepl('plan', 'switchover', '--json')).stdout);
  expectShape('plan', json);
  expect(json.steps).toContainEqual(
    expect.objectContaining({ node: 'redis-2', does: 'switch over from redis-1' }),
  );
  expect(sent).toEqual([]);
});

it('there is no plan of anything else', async () => {
  expect((await rrepl('plan', 'status')).exitCode).toBe(2);
  expect((await rrepl('plan', 'up', 'redis-2')).exitCode).toBe(2);
});
