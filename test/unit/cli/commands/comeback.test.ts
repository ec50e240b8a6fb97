/** How a node comes back: as it is, as a replica of the master that there is, or with less than others have. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { upstreamIn } from '../../../../src/config/upstream.js';
import { CONF_FILE, DATA_FOLDER } from '../../../../src/docker/names.js';
import { main } from '../../../../src/main.js';
import type { NodeAddress } from '../../../../src/redis/ioredis-node.js';
import { FakeServers, rdb } from '../../../support/fake-redis.js';
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

async function done(...argv: string[]): Promise<string> {
  const { exitCode, stderr } = await rrepl(...argv);
  expect(exitCode, stderr).toBe(0);
  return stderr;
}

/** By a client, or by a failover of which rrepl knows nothing. */
async function promoted(node: string, port: number): Promise<void> {
  const server = servers.connect(runtime, node, port);
  await server.call('REPLICAOF', 'NO', 'ONE');
  await server.call('CONFIG', 'REWRITE');
  server.close();
}

const MASTER = 'rrepl-demo-redis-1';
const stateOf = (container: string) => runtime.containers.get(container)?.state;
const inFile = (container: string) => upstreamIn(runtime.file(container, CONF_FILE)?.text ?? '');

beforeEach(async () => {
  runtime = new FakeRuntime();
  servers = new FakeServers(runtime);
  await done('up', '--replicas', '2');
});

describe('as it is', () => {
  it.each([
    ['a replica that was killed', 'redis-2', 'kill', 'start'],
    ['a replica that was paused', 'redis-2', 'pause', 'unpause'],
    ['a replica that was cut off', 'redis-2', 'disconnect', 'connect'],
    ['a master that saved as it stopped', 'redis-1', 'stop', 'start'],
    ['a master that was paused', 'redis-1', 'pause', 'unpause'],
    ['a master that was cut off', 'redis-1', 'disconnect', 'connect'],
  ] as const)('%s', async (_, node, end, back) => {
    const before = inFile(`rrepl-demo-${node}`);
    await done(end, node);
    expect(await done(back, node)).not.toContain('comes back as');
    expect(inFile(`rrepl-demo-${node}`)).toBe(before);
    expect(stateOf(`rrepl-demo-${node}`)).toBe('running');
  });

  it('a master that is restarted, and saves', async () => {
    await done('restart', 'redis-1');
    expect(inFile(MASTER)).toBeNull();
  });
});

describe('as a replica', () => {
  it.each([
    ['that was killed', 'kill', 'start'],
    ['that was paused', 'pause', 'unpause'],
    ['that was cut off', 'disconnect', 'connect'],
  ] as const)('a master %s, beside the one that was promoted', async (_, end, back) => {
    await done(end, 'redis-1');
    await promoted('redis-2', 6382);
    expect(await done(back, 'redis-1')).toContain(
      'redis-1 comes back as a replica of redis-2: redis-2 is the master\n',
    );
    expect(inFile(MASTER)).toBe('redis-2');
    expect(stateOf(MASTER)).toBe('running');
    const status = JSON.parse((await rrepl('status', '--json')).stdout);
    const roles = status.nodes.map((it: { name: string; role: string }) => [it.name, it.role]);
    expect(roles.sort()).toEqual([
      ['redis-1', 'replica'],
      ['redis-2', 'master'],
      ['redis-3', 'replica'],
    ]);
  });
});

describe('with less than its replicas have', () => {
  beforeEach(() => done('kill', 'redis-1'));

  it.each([
    ['nothing', null],
    ['an older RDB', rdb({ offset: 99 })],
    ['an RDB of another stream', rdb({ id: 'c'.repeat(40) })],
  ])('%s on its disk: it is refused, and nothing is done', async (_, text) => {
    if (text !== null) runtime.put(MASTER, `${DATA_FOLDER}/dump.rdb`, text, Date.now());
    const { exitCode, stderr } = await rrepl('start', 'redis-1');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('redis-1 is not known to come back with all that the others hold');
    expect(stderr).toMatch(/\n {2}redis-1 is exited; .*\n {2}redis-2 answers; offset 100 of aaaa/);
    expect(stderr).toContain('`rrepl heal --name demo`');
    expect(stateOf(MASTER)).toBe('exited');
  });

  it('with --yes it is started all the same, once what the others have is set aside', async () => {
    const from = runtime.calls.length;
    const said = await done('start', 'redis-1', '--yes');
    const calls = runtime.calls
      .slice(from)
      .filter((call) => /^(runBeside|startContainer)/.test(call));
    expect(calls.slice(0, 2).sort()).toEqual([
      'runBeside rrepl-demo-redis-2 keep',
      'runBeside rrepl-demo-redis-3 keep',
    ]);
    expect(calls.slice(2)).toEqual([`startContainer ${MASTER}`]);
    expect(said).toContain('`rrepl restore redis-2 --name demo` puts them back');
  });

  it('a replica beside it comes back as it is: it follows nobody yet', async () => {
    await done('kill', 'redis-2');
    await done('start', 'redis-2');
    expect(inFile('rrepl-demo-redis-2')).toBe('redis-1');
  });
});
