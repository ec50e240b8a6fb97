import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONF_FILE } from '../../../../src/docker/names.js';
import { EngineError } from '../../../../src/errors.js';
import { main } from '../../../../src/main.js';
import type { NodeAddress } from '../../../../src/redis/ioredis-node.js';
import { NoReplyError } from '../../../../src/redis/node.js';
import type { planDocument } from '../../../../src/report/plan.js';
import { FakeServers } from '../../../support/fake-redis.js';
import { FakeRuntime, REDIS_IMAGE } from '../../../support/fake-runtime.js';
import { expectShape } from '../../../support/shapes.js';
import { captured, noInput } from '../../../support/streams.js';
import { foreignSpec } from '../../../support/topologies.js';

let runtime: FakeRuntime;
let servers: FakeServers;
let cwd: string;

vi.mock('../../../../src/docker/connect.js', () => ({ connectEngine: async () => runtime }));
vi.mock('../../../../src/redis/ioredis-node.js', () => ({
  connectNode: ({ name, port }: NodeAddress) => servers.connect(runtime, name, port),
}));

beforeEach(() => {
  runtime = new FakeRuntime();
  servers = new FakeServers(runtime);
  cwd = mkdtempSync(join(tmpdir(), 'rrepl-test-'));
});
afterEach(() => {
  expect(servers.open).toBe(0);
  rmSync(cwd, { recursive: true });
});

async function rrepl(...argv: string[]) {
  const streams = { stdin: noInput(), stdout: captured(), stderr: captured() };
  const exitCode = await main(argv, { ...streams, env: {}, cwd });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

/** Runs it, expects it to be done, and returns its stdout. */
async function stdoutOf(...argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await rrepl(...argv);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

type Printing = 'up' | 'status' | 'why' | 'verify' | 'ls' | 'plan' | 'env' | 'addresses';

async function jsonOf(command: Printing, ...argv: string[]) {
  const json = JSON.parse(await stdoutOf(command, ...argv, '--json'));
  expectShape(command === 'up' ? 'status' : command, json);
  return json;
}

const times = (text: string) => text.replace(/\d+(\.\d)? m?s/g, 'TIME');

describe('up again', () => {
  const changes = (plan: string) =>
    plan.split('\n').filter((line) => line !== '' && !line.startsWith('wait'));
  const planned = async (...argv: string[]) => changes(await stdoutOf('plan', ...argv));

  it('leaves as it is what is not said', async () => {
    runtime.images.set('redis:7.0', REDIS_IMAGE);
    await stdoutOf('up', '--replicas', '3', '--image', 'redis:7.0', '--set', 'hz=20');
    expect(await planned()).toEqual(['nothing to change']);
    expect(await planned('--set', 'timeout=5', '--replicas', '0')).toEqual([
      'set                    rrepl-default-redis-1  timeout 5  # timeout (default) -> 5',
      'write redis.conf       rrepl-default-redis-1  master     # timeout (default) -> 5',
      'remove container       rrepl-default-redis-2             # wanted no more',
      'remove volume          rrepl-default-redis-2-conf        # wanted no more; the other nodes have what is on it',
      'remove volume          rrepl-default-redis-2-data        # wanted no more; the other nodes have what is on it',
      'remove container       rrepl-default-redis-3             # wanted no more',
      'remove volume          rrepl-default-redis-3-conf        # wanted no more; the other nodes have what is on it',
      'remove volume          rrepl-default-redis-3-data        # wanted no more; the other nodes have what is on it',
      'remove container       rrepl-default-redis-4             # wanted no more',
      'remove volume          rrepl-default-redis-4-conf        # wanted no more; the other nodes have what is on it',
      'remove volume          rrepl-default-redis-4-data        # wanted no more; the other nodes have what is on it',
    ]);
  });

  it('gives a new node the configuration that the others have', async () => {
    await stdoutOf('up', '--replicas', '1', '--set', 'hz=20');
    await stdoutOf('up', '--replicas', '2');
    const text = runtime.file('rrepl-default-redis-3', CONF_FILE)?.text ?? '';
    expect(text).toMatch(/^hz 20$/m);
    expect(await planned()).toEqual(['nothing to change']);
  });

  it('takes rrepl.yaml for all of the configuration', async () => {
    writeFileSync(join(cwd, 'rrepl.yaml'), 'replicas: 0\nconfig: { hz: 20, timeout: 5 }\n');
    await stdoutOf('up');
    writeFileSync(join(cwd, 'rrepl.yaml'), 'replicas: 0\nconfig: { hz: 30 }\n');
    expect((await planned()).slice(1)[0]).toMatch(
      /^stop .*# hz 20 -> 30, timeout 5 -> \(default\)$/,
    );
  });
});

describe('scale', () => {
  it('changes the number of replicas, and nothing else that rrepl.yaml says', async () => {
    await stdoutOf('up', '--name', 'demo', '--replicas', '1', '--set', 'hz=20');
    writeFileSync(join(cwd, 'rrepl.yaml'), 'name: demo\nreplicas: 5\nconfig: { hz: 30 }\n');
    await stdoutOf('scale', '2');
    expect([...runtime.containers.keys()]).toHaveLength(3);
    expect(runtime.file('rrepl-demo-redis-3', CONF_FILE)?.text).toMatch(/^hz 20$/m);
    const { stderr } = await rrepl('scale', '0');
    expect(times(stderr)).toContain('demo is up: 1 master and 0 replicas, in sync (TIME)');
  });

  it.each([
    [
      ['scale', '2'],
      2,
      'error: there is no topology default to scale\n`rrepl up --name default --replicas 2` makes it; `rrepl ls` shows what there is\n',
    ],
    [['scale', 'two'], 2, 'error: --replicas: replicas must be a whole number from 0 to 50'],
  ])('%j is refused', async (argv, code, words) => {
    const { exitCode, stderr } = await rrepl(...argv);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(words);
    expect(runtime.inventory()).toEqual([]);
  });

  it('leaves named nodes to rrepl.yaml', async () => {
    writeFileSync(join(cwd, 'rrepl.yaml'), 'nodes: { a: }\n');
    const { exitCode, stderr } = await rrepl('scale', '2');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('rrepl.yaml names its nodes');
  });
});

describe('up', () => {
  it('says what it does on stderr, and how to connect on stdout', async () => {
    const { exitCode, stdout, stderr } = await rrepl('up', '--replicas', '1');
    expect(exitCode).toBe(0);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      NODE     ROLE     STATE    UPSTREAM  LINK  OFFSET  LAG  LAST SYNC  URL
      redis-1  master   running  -         -     100     -    -          redis://127.0.0.2:6381
      redis-2  replica  running  redis-1   up    100     0 B  -          redis://127.0.0.2:6382

      redis-cli -u redis://127.0.0.2:6381  # redis-1, master
      redis-cli -u redis://127.0.0.2:6382  # redis-2, replica
      REDIS_URL=redis://127.0.0.2:6381
      "
    `);
    expect(times(stderr)).toContain('\ndefault is up: 1 master and 1 replica, in sync (TIME)\n');
  });

  it('says that nothing has changed', async () => {
    await rrepl('up');
    const { stderr } = await rrepl('up');
    expect(times(stderr)).toContain(
      'default is up already, nothing changed: 1 master and 2 replicas, in sync (TIME)',
    );
  });

  it('prints one document with --json, the same as status but for the write rate', async () => {
    const document = await jsonOf('up');
    const measured = structuredClone(document);
    for (const { nextSync } of measured.nodes) if (nextSync) nextSync.bytesPerSecond = 0;
    expect(await jsonOf('status')).toEqual(measured);
    expect(document.topology).toBe('default');
    expect(document.nodes[1]).toEqual({
      name: 'redis-2',
      role: 'replica',
      state: 'running',
      upstream: 'redis-1',
      url: 'redis://127.0.0.2:6382',
      container: 'rrepl-default-redis-2',
      link: 'up',
      offset: 100,
      lagBytes: 0,
      replicationId: 'a'.repeat(40),
      lastSync: null,
      nextSync: {
        kind: 'partial',
        reason: null,
        roomBytes: 1_048_576,
        bytesPerSecond: null,
        seconds: null,
      },
      setAside: null,
      problem: null,
    });
  });

  it('ends with 5 at its deadline', async () => {
    servers.linkDown.add('redis-2');
    const { exitCode, stdout, stderr } = await rrepl('up', '--timeout', '600ms');
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toContain('\nredis-2: link down\n');
    expect(runtime.inventory()).toEqual([]);
  });

  it('ends with 4 and leaves nothing if the engine refuses', async () => {
    runtime.failOn('createNetwork rrepl-default', new EngineError('no more networks'));
    const { exitCode, stderr } = await rrepl('up');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^error: no more networks$/m);
    expect(runtime.inventory()).toEqual([]);
  });

  it('ends with 130 and leaves nothing when it is interrupted', async () => {
    servers.linkDown.add('redis-2');
    setTimeout(() => process.emit('SIGINT', 'SIGINT'), 100);
    const { exitCode, stderr } = await rrepl('up');
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/^error: interrupted$/m);
    expect(runtime.inventory()).toEqual([]);
  });

  it('takes rrepl.yaml from where it is called', async () => {
    writeFileSync(join(cwd, 'rrepl.yaml'), 'name: shop\nreplicas: 0\n');
    expect((await jsonOf('up')).topology).toBe('shop');
    expect((await jsonOf('status')).nodes).toHaveLength(1);
  });
});

describe('plan', () => {
  it('prints what up would do, and does nothing', async () => {
    const text = await stdoutOf('plan', '--replicas', '0', '--name', 'demo');
    expect(text).toContain('create container       rrepl-demo-redis-1  redis:6.0');
    expect(runtime.inventory()).toEqual([]);
  });

  it('as JSON has the same steps, each after what must be done before', async () => {
    const wish = ['--replicas', '1', '--name', 'demo'];
    const text = await stdoutOf('plan', ...wish);
    const { changes, steps } = await planOf(...wish);
    expect(changes).toBe(true);
    const rows = text.split('\n').filter((line) => line.includes('  # '));
    expect(rows.map((row) => row.split('  # ')[1])).toEqual(steps.map(({ cause }) => cause));
    expect(steps).toContainEqual({
      id: expect.any(String),
      kind: 'waitInSync',
      does: 'wait until in sync with redis-1',
      resource: 'rrepl-demo-redis-2',
      node: 'redis-2',
      cause: expect.any(String),
      after: expect.arrayContaining(['ready redis-1']),
    });
    const done: string[] = [];
    for (const { id, after } of steps) {
      expect(done).toEqual(expect.arrayContaining(after));
      done.push(id);
    }
    await stdoutOf('up', ...wish);
    expect((await planOf(...wish)).changes).toBe(false);
  });

  const planOf = (...argv: string[]): Promise<ReturnType<typeof planDocument>> =>
    jsonOf('plan', ...argv);
});

describe('render', () => {
  it("prints one node's redis.conf, or every node's", async () => {
    const one = await stdoutOf('render', 'redis-2', '--set', 'maxmemory=1mb');
    expect(one).toMatch(/^# Configuration of redis-2, /);
    expect(one).toMatch(/^replicaof redis-1 6379$/m);
    expect(one).toMatch(/^maxmemory 1mb$/m);
    expect(one.match(/^# Configuration of/gm)).toHaveLength(1);
    const all = await stdoutOf('render', '--set', 'maxmemory=1mb');
    expect(all.match(/^# Configuration of redis-[123]/gm)).toHaveLength(3);
    expect(all).toContain(one);
    expect(runtime.calls).toEqual([]);
  });

  it('suggests the node that was probably meant', async () => {
    expect(await rrepl('render', 'redis2')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: topology default has no node "redis2" (did you mean "redis-2"?)\n',
    });
  });
});

describe('status', () => {
  it('is a usage error if there is no such topology', async () => {
    const { exitCode, stderr } = await rrepl('status', '--name', 'nope');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no topology nope on unix:///engine.test.sock');
  });

  it('works while rrepl.yaml is wrong, if it says the name', async () => {
    await rrepl('up', '--name', 'shop');
    writeFileSync(join(cwd, 'rrepl.yaml'), 'name: shop\nreplicas: many\n');
    expect((await jsonOf('status')).topology).toBe('shop');
  });
});

describe('what status says of broken links', () => {
  it('one line for replicas that have the same to expect', async () => {
    await rrepl('up');
    servers.linkDown.add('redis-3');
    expect((await stdoutOf('status')).split('\n').slice(-3)).toEqual([
      'redis-2  if this link broke now: partial, 1.0 MB of room left (nothing is being written)',
      'redis-3  when it comes back: partial, 1.0 MB of room left (nothing is being written)',
      '',
    ]);
  });

  it('nothing of a replica whose upstream does not answer', async () => {
    await rrepl('up');
    await runtime.stopContainer('rrepl-default-redis-1');
    expect(await stdoutOf('status')).not.toMatch(/broke|comes back/);
  });
});

describe('why', () => {
  const line = (words: string) => `1:S 22 Nov 2026 20:42:27.283 * ${words}`;

  beforeEach(async () => {
    await rrepl('up', '--replicas', '1');
    runtime.containers
      .get('rrepl-default-redis-2')
      ?.log.push(
        line(`Trying a partial resynchronization (request ${'a'.repeat(40)}:7).`),
        line('Successful partial resynchronization with master.'),
      );
  });

  it('explains a replica, and quotes its log', async () => {
    const text = await stdoutOf('why', 'replica');
    expect(text).toMatch(
      /^redis-2 last synchronised .* ago with redis-1: partial, in under 1 ms\.$/m,
    );
    expect(text).toContain('If its link to redis-1 broke now: partial, 1.0 MB of room left');
    expect(text).toMatch(/^redis-2 \| 1:S 22 Nov 2026 20:42:27\.283 \* Trying a partial/m);
  });

  it('has all of it in its JSON', async () => {
    const { node, syncs, evidence } = await jsonOf('why', 'redis-2');
    expect({ node, kinds: syncs.map(({ kind }: { kind: string }) => kind) }).toEqual({
      node: 'redis-2',
      kinds: ['partial'],
    });
    expect(evidence).toHaveLength(2);
    expect((await jsonOf('why', 'master')).syncs).toHaveLength(1);
  });

  it('a node that has not synchronised is no error', async () => {
    await rrepl('up', '--replicas', '2');
    expect(await stdoutOf('why', 'redis-3')).toContain('redis-3 has not synchronised');
  });

  it('a node that is not there is one', async () => {
    expect((await rrepl('why', 'redis-9')).exitCode).toBe(2);
  });
});

describe('ls', () => {
  it('lists topologies, also those of which only volumes are left', async () => {
    await rrepl('up', '--name', 'b', '--replicas', '1');
    await rrepl('up', '--name', 'a', '--replicas', '0', '--port', '7000');
    await rrepl('down', '--name', 'a');
    runtime.add(foreignSpec('web'), 'running');
    const expected = [
      { name: 'a', nodes: 1, running: 0, strays: [], volumes: 2, expiresAt: null, masters: [] },
      {
        ...{ name: 'b', nodes: 2, running: 2, strays: [], volumes: 4, expiresAt: null },
        masters: ['redis-1'],
      },
    ];
    expect(await jsonOf('ls')).toEqual({ topologies: expected });
    expect(`\n${await stdoutOf('ls')}`).toMatchInlineSnapshot(`
      "
      NAME  NODES  RUNNING  VOLUMES  EXPIRES
      a     1      0        2        never
      b     2      2        4        never
      "
    `);
  });

  it('says what to do if there are none', async () => {
    expect(await rrepl('ls')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'no topologies; `rrepl up` makes one\n',
    });
    expect(await jsonOf('ls')).toEqual({ topologies: [] });
  });
});

describe('heal', () => {
  it('says that there is no such topology, and nothing else', async () => {
    expect(await rrepl('heal')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: there is no topology default on ${runtime.endpoint}\n\`rrepl ls\` lists those that are there, \`rrepl up --name default\` makes this one\n`,
    });
  });

  it('says that a topology that was taken down is there no more', async () => {
    await stdoutOf('up', '--replicas', '1');
    await stdoutOf('down');
    const { exitCode, stderr } = await rrepl('heal');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('its volumes are kept: `rrepl up --name default`'),
    });
    expect(stderr).not.toContain('nothing changed');
  });
});

describe('a server that does not do what it must', () => {
  beforeEach(async () => {
    await rrepl('up');
    await rrepl('kill', 'redis-1');
  });

  it('because it refuses is told in its own words', async () => {
    servers.forbidden.add('REPLICAOF');
    expect(await rrepl('promote', 'redis-2')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: NOPERM no permission for REPLICAOF\n.*`rrepl logs`/m),
    });
  });

  it('because it has fallen silent', async () => {
    vi.spyOn(servers.forbidden, 'has').mockImplementation((command) => {
      if (command === 'REPLICAOF') throw new NoReplyError('no reply from redis-2 to REPLICAOF');
      return false;
    });
    expect(await rrepl('promote', 'redis-2')).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(/^error: no reply from redis-2 to REPLICAOF\n`rrepl status`/m),
    });
  });
});

describe('down', () => {
  it('stops, removes, keeps the volumes and says so', async () => {
    await rrepl('up', '--replicas', '1');
    const { exitCode, stderr } = await rrepl('down');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('default is down; 4 volumes kept:');
    expect(runtime.inventory().filter((name) => !/-(conf|data)$/.test(name))).toEqual([
      'rrepl-default_record',
    ]);
    expect(runtime.calls).toContain('stopContainer rrepl-default-redis-1');
  });

  it('says how what lies in a folder is found again', async () => {
    await rrepl('up', '--replicas', '0', '--dir', '/srv/demo');
    expect((await rrepl('down')).stderr).toMatch(
      /default is down; the files in \/srv\/demo are kept: `rrepl up --name default --dir \/srv\/demo` finds them again\n$/,
    );
  });

  it('removes everything with --volumes, and nothing that is not ours', async () => {
    runtime.add(foreignSpec('web'), 'running');
    await rrepl('up');
    await rrepl('up', '--name', 'other', '--port', '7000');
    expect((await rrepl('down', '--volumes')).stderr).toMatch(/default is down\n$/);
    expect(runtime.inventory().filter((name) => name.includes('default'))).toEqual([]);
    expect(runtime.inventory()).toHaveLength(12);
    expect(await rrepl('down', '--volumes', '--all')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: this takes down every topology of the engine, with the data: other\nnothing was done; `--yes` does it without asking\n',
    });
    expect(runtime.inventory()).toHaveLength(12);
    const all = await rrepl('down', '--volumes', '--all', '--yes', '--json');
    expect(all.exitCode).toBe(0);
    const json = JSON.parse(all.stdout);
    expectShape('down', json);
    expect(json.topologies).toMatchObject([{ topology: 'other', changed: true, keptVolumes: 0 }]);
    expect(runtime.inventory()).toEqual(['web']);
  });

  it('has nothing to do twice', async () => {
    await rrepl('up');
    await rrepl('down', '--volumes');
    expect(await rrepl('down')).toMatchObject({
      exitCode: 0,
      stderr: 'default: nothing to remove\n',
    });
    expect(await rrepl('down', '--all')).toMatchObject({
      exitCode: 0,
      stderr: 'no topologies, nothing to do\n',
    });
  });

  it('fails with what the engine says', async () => {
    await rrepl('up');
    runtime.failOn('removeContainer rrepl-default-redis-1', new EngineError('device is busy'));
    const { exitCode, stderr } = await rrepl('down');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^error: device is busy$/m);
  });
});

describe('env', () => {
  it('prints the addresses by role', async () => {
    await rrepl('up');
    expect(await stdoutOf('env')).toBe(
      'REDIS_URL=redis://127.0.0.2:6381\nREDIS_REPLICA_URLS=redis://127.0.0.2:6382,redis://127.0.0.2:6383\n',
    );
    expect(await jsonOf('env')).toMatchObject({ url: expect.stringMatching(/^redis:/) });
  });

  it('fails without a master that answers', async () => {
    await rrepl('up');
    servers.silent.add('redis-1');
    expect(await rrepl('env')).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('addresses', () => {
  const up = (...argv: string[]) => stdoutOf('up', '--replicas', '1', ...argv);

  it('are those of this host, of the network of the nodes, and of no other', async () => {
    await up();
    expect(await stdoutOf('addresses')).toMatchInlineSnapshot(`
      "on this host:
        redis-1  master   redis://127.0.0.2:6381
        redis-2  replica  redis://127.0.0.2:6382

      in a container on the network rrepl-default_replication:
        redis-1  master   redis://redis-1:6379
        redis-2  replica  redis://redis-2:6379

      in a container on another network:
        none: the ports are published on 127.0.0.1 of the host; \`docker network connect rrepl-default_replication CONTAINER\` joins the container to the network above
      "
    `);
    expect(runtime.calls.filter((call) => call.startsWith('runOnce'))).toEqual([]);
  });

  it('are also those of the gateway where ports are published beyond this machine', async () => {
    await up('--bind', '0.0.0.0', '--insecure');
    const { nodes } = await jsonOf('addresses', '--client', 'redis-py');
    const gateway = runtime.networks.get('rrepl-default')?.subnets[0]?.replace('.0/24', '.1');
    expect(nodes[0].otherNetwork).toEqual({
      host: gateway,
      port: 6381,
      url: `redis://${gateway}:6381`,
    });
  });

  it('are dialled one by one', async () => {
    await up();
    runtime.answer = (address) => (address.startsWith('redis-2') ? 'Could not connect' : 'PONG');
    const { exitCode, stdout } = await rrepl('addresses', '--check');
    expect(exitCode).toBe(1);
    expect(stdout.split('\n').filter((line) => /[✔✘]/.test(line))).toMatchInlineSnapshot(`
      [
        "  ✔ redis-1  master   redis://127.0.0.2:6381",
        "  ✔ redis-2  replica  redis://127.0.0.2:6382",
        "  ✔ redis-1  master   redis://redis-1:6379",
        "  ✘ redis-2  replica  redis://redis-2:6379  (Could not connect)",
      ]
    `);
    runtime.answer = () => 'NOAUTH Authentication required.';
    const { dialled } = await jsonOf('addresses', '--check');
    expect(dialled).toHaveLength(4);
  });

  it('that nothing is heard from fail', async () => {
    await up();
    servers.silent.add('redis-2');
    runtime.answer = () => '';
    const { exitCode, stdout } = await rrepl('addresses', '--check', '--json');
    expect(exitCode).toBe(1);
    const dialled: { node: string; from: string; problem: string | null }[] =
      JSON.parse(stdout).dialled;
    const failed = dialled.filter(({ problem }) => problem !== null);
    expect(failed.map(({ node, from }) => `${node} ${from}`)).toEqual([
      'redis-2 host',
      'redis-1 sameNetwork',
      'redis-2 sameNetwork',
    ]);
  });

  it('are shown as a client takes them, the password masked unless it is asked for', async () => {
    await up('--password', 'auto');
    const masked = await rrepl('addresses', '--client', 'jedis');
    expect(masked.stdout).toContain('new JedisPooled("redis://:***@127.0.0.2:6381")');
    expect(masked.stderr).toContain('--show-secrets');
    const shown = await rrepl('addresses', '--client', 'jedis', '--show-secrets');
    expect(shown.stdout).toMatch(/new JedisPooled\("redis:\/\/:[\w-]{32}@127.0.0.2:6381"\)/);
    expect(shown.stderr).toBe('');
  });
});

describe('logs', () => {
  beforeEach(async () => {
    await rrepl('up', '--replicas', '1');
    runtime.containers.get('rrepl-default-redis-1')?.log.push('one', 'two', 'three');
    runtime.containers.get('rrepl-default-redis-2')?.log.push('eins');
  });

  it('prints every node with its name before each line', async () => {
    const lines = (await stdoutOf('logs')).trimEnd().split('\n');
    expect(lines.sort()).toEqual([
      'redis-1 | one',
      'redis-1 | three',
      'redis-1 | two',
      'redis-2 | eins',
    ]);
  });

  it('prints one node, or the last lines of it', async () => {
    expect(await stdoutOf('logs', 'master')).toBe('one\ntwo\nthree\n');
    expect(await stdoutOf('logs', 'redis-1', '-n', '2')).toBe('two\nthree\n');
    expect(await stdoutOf('logs', 'redis-1', '-F', '-n', '1')).toBe('three\n');
  });

  it('prints no line for --tail 0', async () => {
    expect(await stdoutOf('logs', 'redis-1', '--tail', '0')).toBe('');
  });
});

describe('cli', () => {
  beforeEach(async () => {
    await rrepl('up');
  });

  it.each<[string[], string]>([
    [[], 'rrepl-default-redis-1 redis-cli'],
    [['replica'], 'rrepl-default-redis-2 redis-cli'],
    [['--', 'GET', '--debug'], 'rrepl-default-redis-1 redis-cli GET --debug'],
    [['redis-3', '--', '-n', '1', 'PING'], 'rrepl-default-redis-3 redis-cli -n 1 PING'],
  ])('%j', async (argv, call) => {
    expect(await stdoutOf('cli', ...argv)).toBe('PONG\n');
    expect(runtime.calls).toContain(`execInteractive ${call}`);
  });

  it('needs a node that runs', async () => {
    await runtime.stopContainer('rrepl-default-redis-2');
    const { exitCode, stderr } = await rrepl('cli', 'redis-2');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'error: redis-2 is stopped\n`rrepl up --name default` brings it back\n',
    );
  });
});

describe('verify', () => {
  beforeEach(async () => {
    await rrepl('up', '--replicas', '1');
  });

  it('passes on a topology that replicates, and leaves no key behind', async () => {
    const { exitCode, stdout, stderr } = await rrepl('verify');
    expect(stdout).not.toMatch(/[✘?]/);
    // On stdout, or a pager would show it over the first lines.
    expect(stdout).toMatch(
      /\ndefault: pass \(\d+ of \d+ checks passed, 0 failed, 0 undecided\)\n$/,
    );
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(servers.data.size).toBe(0);
  });

  it('has each check in its JSON', async () => {
    const { topology, verdict, checks } = await jsonOf('verify');
    expect({ topology, verdict }).toEqual({ topology: 'default', verdict: 'pass' });
    expect(checks.find(({ id }: { id: string }) => id === 'one-master')).toEqual({
      id: 'one-master',
      node: null,
      verdict: 'pass',
      claim: 'exactly one node is a master',
      expected: 'one master, and an answer from every node',
      seen: 'redis-1',
    });
    const ids = new Set(checks.map(({ id }: { id: string }) => id));
    for (const id of ['upstream', 'link', 'durable', 'read-only', 'probe', 'offset', 'data']) {
      expect(ids).toContain(id);
    }
  });

  it('fails with 1 if a node is down', async () => {
    await runtime.stopContainer('rrepl-default-redis-2');
    const { exitCode, stdout } = await rrepl('verify', '--timeout', '300ms');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✘');
    expect(stdout).toContain('default: fail (');
  });

  it('lists what it can not decide without a master', async () => {
    const whole = JSON.parse((await rrepl('verify', '--json')).stdout);
    await runtime.stopContainer('rrepl-default-redis-1');
    const { exitCode, stdout } = await rrepl('verify', '--json', '--timeout', '300ms');
    expect(exitCode).toBe(1);
    const { checks } = JSON.parse(stdout);
    const idsOf = (list: { id: string }[]) => [...new Set(list.map(({ id }) => id))].sort();
    expect(idsOf(checks)).toEqual(idsOf(whole.checks));
    expect(checks.find(({ id }: { id: string }) => id === 'data')).toMatchObject({
      verdict: 'unknown',
      seen: 'no master answers',
    });
  });

  it('does not call a node a replica that hangs', async () => {
    await runtime.pauseContainer('rrepl-default-redis-2');
    const { checks } = await jsonOfFailed('verify', '--timeout', '300ms');
    expect(checks[0]).toMatchObject({ id: 'one-master', verdict: 'unknown' });
  });

  it('is undecided, with 1, if only something could not be looked at', async () => {
    servers.forbidden.add('CONFIG');
    const { verdict, checks } = await jsonOfFailed('verify');
    expect(verdict).toBe('unknown');
    expect(checks).toContainEqual(
      expect.objectContaining({
        id: 'durable',
        verdict: 'unknown',
        seen: 'NOPERM no permission for CONFIG',
      }),
    );
  });

  it('fails if a restart would change a role', async () => {
    await servers.connect(runtime, 'redis-2', 6382).call('REPLICAOF', 'NO', 'ONE');
    const { checks } = await jsonOfFailed('verify');
    expect(checks).toContainEqual(
      expect.objectContaining({ id: 'durable', node: 'redis-2', verdict: 'fail' }),
    );
    servers.open = 0;
  });

  it('writes a report, or says why not', async () => {
    await stdoutOf('verify', '--report', 'junit=out.xml');
    expect(readFileSync(join(cwd, 'out.xml'), 'utf8')).toContain('<testsuite name="rrepl verify');
    const { exitCode, stderr } = await rrepl('verify', '--report', 'junit=no/such/out.xml');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      "the report no/such/out.xml can't be written: there is no such folder",
    );
  });
});

async function jsonOfFailed(...argv: string[]) {
  const { exitCode, stdout } = await rrepl(...argv, '--json');
  expect(exitCode).toBe(1);
  return JSON.parse(stdout);
}

describe('init', () => {
  it('writes an rrepl.yaml that is valid, and never over one', async () => {
    const { exitCode, stdout, stderr } = await rrepl('init');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toBe('wrote rrepl.yaml; `rrepl plan` shows what it makes\n');
    expect(existsSync(join(cwd, 'rrepl.yaml'))).toBe(true);
    expect(await stdoutOf('plan')).toContain('rrepl-demo-redis-3');
    expect(await rrepl('init')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: rrepl.yaml was not written: it exists already\n',
    });
  });
});

describe('heal', () => {
  it('names what is gone, and the command that makes it again, once the rest is healed', async () => {
    await stdoutOf('up', '--replicas', '2');
    await runtime.removeContainer('rrepl-default-redis-2');
    await runtime.stopContainer('rrepl-default-redis-3');
    const { exitCode, stdout, stderr } = await rrepl('heal');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^redis-2 .* gone/m);
    expect(stderr).toContain(
      'error: default is not whole, gone: the container of redis-2\n`rrepl up --name default` makes again what is gone\n',
    );
    expect(stderr).not.toContain('was well');
    expect(runtime.containers.get('rrepl-default-redis-3')?.state).toBe('running');
    await stdoutOf('up', '--name', 'default');
    expect((await rrepl('heal')).stderr).toContain('default was well, nothing changed');
  });

  it('also a master under --dir, whose name only its replicas remember', async () => {
    await stdoutOf('up', '--replicas', '1', '--dir', join(cwd, 'd'));
    await runtime.removeContainer('rrepl-default-redis-1');
    const { exitCode, stderr } = await rrepl('heal');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('redis-2 is promoted');
    expect(stderr).toContain('gone: the container of redis-1\n');
  });
});
