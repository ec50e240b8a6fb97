/** One topology from up to down, as a user lives through it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerOf, docker, holdings, NOTHING, redis, urlOf } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  type Result,
  removeTopologies,
  rrepl,
  run,
  type StatusJson,
  start,
  status,
} from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

const NODE_KEYS = [
  'name',
  'role',
  'state',
  'upstream',
  'url',
  'container',
  'link',
  'offset',
  'lagBytes',
];
const CHECK_KEYS = ['id', 'node', 'verdict', 'claim', 'expected', 'seen'];
const NODES = ['redis-1', 'redis-2', 'redis-3'];

/** Words that belong to progress or a summary, never to data. */
const PROGRESS = /: (created|started|ready|in sync)$|is up/m;

let name: string;
let port: number;
let first: Result;

const up = (...args: string[]) =>
  run(['up', '--name', name, '--port', String(port), ...args], { timeoutMs: 90_000 });
const of = (command: string, ...args: string[]) => [command, '--name', name, ...args];
const url = (index: number) => urlOf(port + index);

beforeAll(async () => {
  name = newTopology();
  port = await freePorts(3);
  first = await up('--json');
});

afterAll(removeTopologies);

function expectStatus(json: StatusJson): void {
  expectShape('status', json);
  for (const node of json.nodes)
    expect(Object.keys(node)).toEqual(expect.arrayContaining(NODE_KEYS));
  const common = { state: 'running', offset: expect.any(Number), lagBytes: expect.any(Number) };
  const replica = { ...common, role: 'replica', upstream: 'redis-1', link: 'up' };
  const roles = [{ ...common, role: 'master', upstream: null, link: null }, replica, replica];
  expect(json).toMatchObject({
    topology: name,
    nodes: NODES.map((node, index) => ({
      name: node,
      url: url(index),
      container: containerOf(name, node),
      ...roles[index],
    })),
  });
}

describe('up', () => {
  test('prints JSON on stdout and progress on stderr', () => {
    expect(first.exitCode, first.stderr).toBe(0);
    expectStatus(JSON.parse(first.stdout));
    for (const node of NODES) expect(first.stderr).toContain(`${node}: ready\n`);
    expect(first.stderr).toContain(`${name} is up: 1 master and 2 replicas, in sync`);
  });

  test('a second time changes nothing and says so', async () => {
    const before = await holdings(name);
    expect(before.containers).toHaveLength(3);
    expect(before.networks).toHaveLength(2);
    expect(before.volumes).toHaveLength(6);
    const { exitCode, stdout, stderr } = await up();
    expect(exitCode, stderr).toBe(0);
    expect(await holdings(name)).toEqual(before);
    expect(stderr).toContain('is up already, nothing changed');
    expect(stdout).not.toMatch(PROGRESS);
    expect(stdout).toMatch(/^REDIS_URL=redis:|^export \$\(rrepl env/m);
    expect(stdout).toMatch(/redis-cli .* {2}# redis-2, replica\n/);
    const plan = await rrepl(['plan', '--name', name, '--port', String(port)]);
    expect(plan).toContain('nothing to change');
  });

  test('publishes on the loopback address only', async () => {
    const published = await docker('port', containerOf(name, 'redis-2'));
    expect(published).toBe(`6379/tcp -> 127.0.0.1:${port + 1}`);
  });
});

describe('looking', () => {
  test('status', async () => {
    const json = await run(of('status', '--json'));
    expect(json.stderr).toBe('');
    expectStatus(JSON.parse(json.stdout));
    const { stdout, stderr } = await run(of('status'));
    expect(stdout).toMatch(/^[\w-]+: well\nNODE +ROLE +STATE/);
    const [table = '', outlook = ''] = stdout.split('\n\n');
    expect(table.split('\n')).toHaveLength(5);
    expect(outlook).toMatch(
      /^redis-2, redis-3 {2}if this link broke now: partial, .* of room left/,
    );
    expect(stderr).toBe('');
  });

  test('verify', async () => {
    const { exitCode, stdout, stderr } = await run(of('verify', '--json'));
    expect(exitCode, stderr).toBe(0);
    const json = JSON.parse(stdout);
    expectShape('verify', json);
    expect(json).toMatchObject({ topology: name, verdict: 'pass' });
    for (const check of json.checks) {
      expect(Object.keys(check).sort()).toEqual([...CHECK_KEYS].sort());
      expect(check.verdict, JSON.stringify(check)).toBe('pass');
    }
    const checks = json.checks.length;
    const passed = `${checks} of ${checks} checks passed`;
    const summary = `${name}: pass (${passed}, 0 failed, 0 undecided)\n`;
    expect((await run(of('verify'))).stdout.endsWith(summary)).toBe(true);
    expect(await redis(name, 'redis-1', 'DBSIZE')).toBe('0');
  });

  test('env', async () => {
    expect(await rrepl(of('env'))).toBe(
      `REDIS_URL=${url(0)}\nREDIS_REPLICA_URLS=${url(1)},${url(2)}\n`,
    );
  });

  test('cli: the master, a role, a node, a pipe, and redis-cli’s own exit code', async () => {
    expect(await rrepl(of('cli', '--', 'SET', 'greeting', 'hello world'))).toBe('OK\n');
    expect(await rrepl(['cli', 'replica', '--name', name, '--', 'GET', 'greeting'])).toBe(
      'hello world\n',
    );
    expect(await rrepl(['cli', 'redis-3', '--name', name, '--', 'ROLE'])).toMatch(/^slave\n/);
    expect(await rrepl(of('cli'), { stdin: 'GET greeting\nDBSIZE\n' })).toBe('hello world\n1\n');
    expect((await run(of('cli', '--', '--no-such-option'))).exitCode).toBe(1);
  });

  test('a node that is not there', async () => {
    const { exitCode, stderr } = await run(['cli', 'redis-9', '--name', name, '--', 'PING']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`topology ${name} has no node "redis-9"`);
    expect(stderr).toContain('redis-1, redis-2, redis-3');
  });

  test('logs', async () => {
    const one = await rrepl(['logs', 'redis-2', '--name', name]);
    expect(one).toContain('MASTER <-> REPLICA sync: Finished with success');
    const all = await rrepl(of('logs', '--tail', '1'));
    expect(all.trim().split('\n').sort()).toEqual(
      NODES.map((node) => expect.stringMatching(new RegExp(`^${node} \\| 1:`))),
    );
  });

  test('logs that follow until they are interrupted', async () => {
    const { child, ended } = start(['logs', 'master', '-F', '--name', name]);
    let seen = '';
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk) => {
        seen += chunk;
        if (seen.includes('Ready to accept connections')) resolve();
      });
    });
    child.kill('SIGINT');
    const { exitCode, stdout } = await ended;
    expect(stdout).toContain('Ready to accept connections');
    expect(exitCode).toBe(130);
  });

  test('ls', async () => {
    const json = JSON.parse(await rrepl(['ls', '--json']));
    expectShape('ls', json);
    const mine = json.topologies.find((it: { name: string }) => it.name === name);
    expect(mine).toMatchObject({ name, nodes: 3, running: 3 });
    expect(await rrepl(['ls'])).toMatch(new RegExp(`^${name} +3 +3`, 'm'));
  });
});

describe('down', () => {
  test('keeps the data, and up finds them again', async () => {
    await rrepl(of('cli', '--', 'SET', 'kept', 'over the night'));
    await rrepl(of('cli', '--', '-n', '3', 'RPUSH', 'list', 'a', 'b'));
    const { exitCode, stdout, stderr } = await run(of('down'));
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${name} is down; 6 volumes kept`);
    const left = await holdings(name);
    expect(left).toEqual({ ...NOTHING, volumes: left.volumes });
    // Two a node, and the record of what they hold.
    expect(left.volumes).toHaveLength(7);

    const gone = await run(of('status'));
    expect(gone.exitCode).toBe(2);
    expect(gone.stderr).toContain(`rrepl up --name ${name}`);
    const ls = JSON.parse(await rrepl(['ls', '--json']));
    expect(ls.topologies).toContainEqual(expect.objectContaining({ name, running: 0 }));

    expect((await up()).exitCode).toBe(0);
    expect((await holdings(name)).volumes).toHaveLength(6);
    expectStatus(await status(name));
    await expectVerified(name);
    for (const node of NODES) {
      expect(await redis(name, node, 'GET', 'kept')).toBe('over the night');
      expect(await redis(name, node, '-n', '3', 'LRANGE', 'list', '0', '-1')).toBe('a\nb');
    }
  });

  test('--volumes removes everything', async () => {
    const { exitCode, stdout, stderr } = await run(of('down', '--volumes'));
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe('');
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('of what is not there is no error', async () => {
    const { exitCode, stderr } = await run(of('down', '--volumes'));
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`${name}: nothing to remove`);
  });
});
