/** What a container may do, what it uses, how long it stays, and what is not rrepl's to touch. */
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { amount } from '../support/amount.js';
import { containerOf, docker, holdings, IMAGE, NOTHING, redis, shell } from '../support/docker.js';
import { ENGINE_SOCKET } from '../support/engine-proxy.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  type StatusJson,
  status,
} from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

/** This machine's, other than the loopback one. */
const [ADDRESS] = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
  .map(({ address }) => address);

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

async function upArgs(name: string, ...args: string[]): Promise<string[]> {
  return ['up', '--name', name, '--port', String(await freePorts(2)), '--replicas', '1', ...args];
}

const inspect = async (name: string, node: string) =>
  JSON.parse(await docker('inspect', containerOf(name, node)))[0];

/** Of the server's own process, as the kernel tells it. */
const processOf = (name: string, node: string) =>
  shell(name, node, 'grep -E "^(Uid|CapEff|NoNewPrivs):" /proc/1/status | tr "\\t" " "');

/** Waits for what the engine or a server will do by itself. */
async function until(done: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 300; waited += 1) {
    if (await done().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error('it did not happen within 30 s');
}

const startsOf = async (name: string, node: string): Promise<number> =>
  (await inspect(name, node)).RestartCount;

/** 6.0 knows no such directive, and allows it. */
const DEBUG = IMAGE.startsWith('redis:6.0') ? [] : ['--set', 'enable-debug-command=yes'];

/** As a crash: the process ends, and the engine was not asked. */
const crash = (name: string, node: string) =>
  redis(name, node, 'DEBUG', 'SEGFAULT').catch(() => {});

describe('a topology with limits', () => {
  let name: string;
  beforeAll(async () => {
    name = newTopology('care');
    // Redis 7 keeps its AOF in a folder that only its own user can look into.
    const limits = ['--memory', '256mb', '--cpus', '0.5', '--restart', 'on-failure'];
    const more = ['--set', 'appendonly=yes', '--set', 'maxmemory=100mb'];
    await rrepl(await upArgs(name, ...limits, ...more, ...DEBUG));
  });
  afterAll(removeTopologies);

  test('runs a server that is nobody', async () => {
    const state = await processOf(name, 'redis-2');
    expect(state).toMatch(/^Uid: (?!0 )/);
    expect(state).toContain('CapEff: 0000000000000000');
    expect(state).toContain('NoNewPrivs: 1');
  });

  test('has the engine bound its memory, processors and log', async () => {
    const { HostConfig } = await inspect(name, 'redis-1');
    expect(HostConfig).toMatchObject({
      Memory: 2 ** 28,
      NanoCpus: 5e8,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      RestartPolicy: { Name: 'on-failure' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
  });

  test('restarts and verifies with what its disk holds', async () => {
    await redis(name, 'redis-1', 'SET', 'kept', 'yes');
    for (const node of ['redis-1', 'redis-2']) await rrepl(['restart', node, '--name', name]);
    await until(async () => (await redis(name, 'redis-2', 'GET', 'kept')) === 'yes');
    await rrepl(['heal', '--name', name]);
    await expectVerified(name);
  });

  test('a node that crashes comes back as what it was, on its port', async () => {
    const before = await status(name);
    await rrepl(['switchover', 'redis-2', '--name', name]);
    for (const node of ['redis-1', 'redis-2']) {
      const starts = await startsOf(name, node);
      await crash(name, node);
      await until(async () => (await startsOf(name, node)) > starts);
      await until(async () => (await redis(name, node, 'PING')) === 'PONG');
    }
    await rrepl(['heal', '--name', name]);
    const { nodes } = await status(name);
    expect(nodes.map(({ role }) => role)).toEqual(['replica', 'master']);
    expect(nodes.map(({ url }) => url)).toEqual(before.nodes.map(({ url }) => url));
    expect(await redis(name, 'redis-2', 'GET', 'kept')).toBe('yes');
    await expectVerified(name);
  });
});

describe('a memory limit without maxmemory', () => {
  afterAll(removeTopologies);

  test('is told of one, and with that the server takes more writes than the backlog has bytes', async () => {
    const name = newTopology('care');
    const { exitCode, stderr } = await run(await upArgs(name, '--memory', '100mb'));
    expect(exitCode, stderr).toBe(0);
    const advice = /`(--set) (maxmemory=\S+)`/.exec(stderr)?.slice(1) ?? [];
    await rrepl(['up', '--name', name, ...advice]);
    // Ten keys of 1 MB again and again: 100 MB go through the backlog.
    const million = "string.rep('x', 1000000)";
    const script = `for i = 1, 10 do redis.call('SET', KEYS[1] .. i, ${million}) end return 'OK'`;
    for (let round = 0; round < 10; round += 1) {
      expect(await redis(name, 'redis-1', 'EVAL', script, '1', 'big')).toBe('OK');
    }
    expect(await redis(name, 'redis-1', 'DBSIZE')).toBe('10');
    await rrepl(['heal', '--name', name]);
    const again = await run(['up', '--name', name, ...advice]);
    expect(again.stderr).toContain('nothing changed');
  });
});

describe('a restart policy', () => {
  afterEach(removeTopologies);

  test('warns, and what it warns of happens: an empty master empties its replicas', async () => {
    const name = newTopology('care');
    const args = await upArgs(name, '--restart', 'always', '--set', 'save=', ...DEBUG);
    const { exitCode, stderr } = await run(args);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/^restart always: a master that crashes restarts empty/m);
    await redis(name, 'redis-1', 'SET', 'lost', 'yes');
    await until(async () => (await redis(name, 'redis-2', 'GET', 'lost')) === 'yes');
    // The copy that its replica was sent is an RDB file.
    await shell(name, 'redis-1', 'rm -f /data/dump.rdb');
    await crash(name, 'redis-1');
    await until(async () => (await redis(name, 'redis-2', 'DBSIZE')) === '0');
  });

  test('does not hide a configuration that the server refuses', async () => {
    const name = newTopology('care');
    const args = await upArgs(name, '--restart', 'always', '--set', 'foo=bar');
    const { exitCode, stderr } = await run(args);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain("redis-1 refused its configuration: 'foo bar'");
    expect(await holdings(name)).toEqual(NOTHING);
  });
});

describe('least privilege', () => {
  afterEach(removeTopologies);

  test('in a folder of the host, as whoever runs rrepl', async () => {
    const name = newTopology('care');
    const dir = await mkdtemp(join(tmpdir(), 'rrepl-care-'));
    undo.push(() => rm(dir, { recursive: true, force: true }));
    await rrepl(await upArgs(name, '--dir', dir));
    await rrepl(['restart', 'redis-2', '--name', name]);
    expect(await processOf(name, 'redis-2')).toContain('CapEff: 0000000000000000');
    await rrepl(['heal', '--name', name]);
    await expectVerified(name);
    await removeTopologies();
  });
});

describe('--bind', () => {
  afterEach(removeTopologies);

  test('beyond this machine needs a word, and changes nothing without it', async () => {
    const name = newTopology('care');
    const { exitCode, stderr } = await run(await upArgs(name, '--bind', '0.0.0.0'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--insecure');
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('publishes there, and rrepl still reaches it here', async (context) => {
    if (ADDRESS === undefined) return context.skip('this machine has no address of its own');
    const name = newTopology('care');
    const args = await upArgs(name, '--bind', ADDRESS, '--insecure', '--json');
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(`published on ${ADDRESS}: other machines reach the servers`);
    const [url] = (JSON.parse(stdout) as StatusJson).nodes.map((node) => node.url);
    const port = url?.split(':').at(-1);
    expect(url).toBe(`redis://127.0.0.1:${port}`);
    expect(await docker('port', containerOf(name, 'redis-1'))).toContain(`${ADDRESS}:${port}`);
    await expectVerified(name);
  });
});

describe('an engine on another machine', () => {
  afterEach(removeTopologies);

  test('is reached where it publishes its ports for others', async (context) => {
    if (ADDRESS === undefined) return context.skip('this machine has no address of its own');
    // From here, this machine's own address is one like any other.
    const forward = createServer((client) => {
      const engine = createConnection(ENGINE_SOCKET);
      client.pipe(engine).pipe(client);
      for (const end of [client, engine]) end.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => forward.listen(0, ADDRESS, resolve));
    undo.push(() => new Promise((resolve) => forward.close(resolve)));
    const there = ['--host', `tcp://${ADDRESS}:${(forward.address() as AddressInfo).port}`];
    const name = newTopology('care');
    const args = [...(await upArgs(name)), ...there];

    const refused = await run(args);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain('--bind 0.0.0.0');
    expect(await holdings(name)).toEqual(NOTHING);

    const stdout = await rrepl([...args, '--bind', '0.0.0.0', '--insecure']);
    expect(stdout).toContain(`REDIS_URL=redis://${ADDRESS}:`);
    await rrepl(['verify', '--name', name, ...there]);
  });
});

describe('what expires', () => {
  afterEach(removeTopologies);

  test('is marked, shown and pruned, and nothing else is', async () => {
    const [expired, stays] = [newTopology('care'), newTopology('care')];
    const foreign = `rrepl-${expired}-redis-9`;
    await docker('create', '--name', foreign, IMAGE);
    await docker('volume', 'create', `${foreign}-data`);
    undo.push(() => docker('volume', 'rm', `${foreign}-data`));
    undo.push(() => docker('rm', '-v', foreign));
    await rrepl(await upArgs(expired, '--ttl', '1s'));
    await rrepl(await upArgs(stays, '--ttl', '1h'));
    const ls = JSON.parse(await rrepl(['ls', '--json']));
    expectShape('ls', ls);
    const find = (name: string) => ls.topologies.find((it: { name: string }) => it.name === name);
    expect(Date.parse(find(expired).expiresAt)).toBeLessThan(Date.parse(find(stays).expiresAt));

    const before = await holdings(expired);
    const proposal = await run(['prune']);
    expect(proposal.exitCode).toBe(0);
    expect(proposal.stdout).toMatch(
      new RegExp(
        `^${expired}: expired .* ago; would remove 2 containers, 2 networks, 4 volumes$`,
        'm',
      ),
    );
    expect(proposal.stdout).not.toContain(stays);
    expect(await holdings(expired)).toEqual(before);

    expect(await rrepl(['prune', '--yes'])).toContain(`${expired}: expired`);
    expect(await holdings(expired)).toEqual(NOTHING);
    expect((await holdings(stays)).containers).toHaveLength(2);
    expect(await docker('inspect', '--format', '{{.State.Status}}', foreign)).toBe('created');
    expect(await docker('volume', 'inspect', '--format', '{{.Name}}', `${foreign}-data`)).toBe(
      `${foreign}-data`,
    );
  });
});

describe('things of one of our names that are not ours', () => {
  afterEach(removeTopologies);

  test('are told of before anything is made, and left alone', async () => {
    const name = newTopology('care');
    const container = containerOf(name, 'redis-1');
    await docker('create', '--name', container, IMAGE);
    await docker('network', 'create', `rrepl-${name}`);
    await docker('volume', 'create', `${container}-data`);
    undo.push(() => docker('rm', '-v', container));
    undo.push(() => docker('network', 'rm', `rrepl-${name}`));
    undo.push(() => docker('volume', 'rm', `${container}-data`));
    const { exitCode, stderr } = await run(await upArgs(name));
    expect(exitCode, stderr).toBe(3);
    for (const thing of [
      `container ${container}`,
      `network rrepl-${name}`,
      `volume ${container}-data`,
    ]) {
      expect(stderr).toContain(`there is a ${thing} already, and it is not rrepl's`);
    }
    expect(await holdings(name)).toEqual(NOTHING);
    await rrepl(['down', '--name', name, '--volumes']);
    await docker('inspect', container);
  });
});

describe('at the same time', () => {
  afterEach(removeTopologies);

  /** Docker's own address pools hold about thirty networks, and a topology needs two. */
  const NETWORKS = 30;
  const COUNT = amount(4, 10);

  test(`${COUNT} topologies come up on one engine, none in the way of another`, async (context) => {
    const networks = (await docker('network', 'ls', '--quiet')).split('\n').length;
    if (networks + 2 * COUNT > NETWORKS) context.skip(`the engine has ${networks} networks`);
    const names = Array.from({ length: COUNT }, () => newTopology('care'));
    const time = { timeoutMs: 170_000 };
    const args = (name: string) => ['up', '--name', name, '--replicas', '1', '--timeout', '160s'];
    const results = await Promise.all(names.map((name) => run([...args(name), '--json'], time)));
    for (const { exitCode, stderr } of results) expect(exitCode, stderr).toBe(0);
    const urls = results.flatMap(({ stdout }) =>
      (JSON.parse(stdout) as StatusJson).nodes.map(({ url }) => url),
    );
    expect(new Set(urls).size).toBe(2 * COUNT);
    for (const name of names) await expectVerified(name);
  }, 600_000);

  test('two of one name: whoever says that it is up has it up', async () => {
    const name = newTopology('care');
    const args = await upArgs(name);
    const results = await Promise.all([run(args), run(args)]);
    for (const { exitCode, stderr } of results) {
      expect(stderr).not.toContain('defect');
      if (exitCode !== 0) expect(stderr).toMatch(/^error: /m);
    }
    if (results.some(({ exitCode }) => exitCode === 0)) await expectVerified(name);
    await rrepl(args);
    await expectVerified(name);
  });
});

test('doctor finds an engine that rrepl can work with', async () => {
  const { exitCode, stdout, stderr } = await run(['doctor', '--json']);
  expect(exitCode, stdout + stderr).toBe(0);
  const json = JSON.parse(stdout);
  expectShape('doctor', json);
  const conditions = Object.fromEntries(
    json.findings.map((it: { id: string; condition: string }) => [it.id, it.condition]),
  );
  expect(conditions).toMatchObject({ engine: 'ok', context: 'ok', image: 'ok', ports: 'ok' });
});
