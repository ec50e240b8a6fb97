/** Whatever was changed since `up`, `reset` finds it; each test plants something and expects it gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONF_FILE } from '../../src/docker/names.js';
import { settingsIn } from '../../src/live/reference-settings.js';
import { amount } from '../support/amount.js';
import { containerOf, docker, redis, shell } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
} from '../support/rrepl.js';

afterAll(removeTopologies);

const NODES = ['redis-1', 'redis-2', 'redis-3'] as const;

const OLD = 'redis:6.0';

describe.each([OLD, 'redis:7.0'])('%s', (image) => {
  const since7 = image !== OLD;
  let name: string;
  let asUpLeftIt: unknown;

  const on = (node: string, ...command: string[]) => redis(name, node, ...command);
  const reset = () => rrepl(['reset', '--name', name]);

  /** All that a server keeps beside what it counts. */
  async function kept(node: string) {
    return {
      // In an order that differs from process to process on 7.0.
      settings: Object.fromEntries(settingsIn((await on(node, 'CONFIG', 'GET', '*')).split('\n'))),
      // 7.0 says what every user has by default once it was said.
      users: (await on(node, 'ACL', 'LIST')).replaceAll(' sanitize-payload', ''),
      functions: since7 ? await on(node, 'FUNCTION', 'LIST') : '',
      keys: await on(node, 'INFO', 'keyspace'),
    };
  }

  async function snapshot() {
    const { nodes } = await status(name);
    const roles = nodes.map((it) => [it.name, it.role, it.state, it.upstream, it.link, it.url]);
    return { roles, kept: await Promise.all(NODES.map(kept)) };
  }

  const startedAt = () =>
    Promise.all(
      NODES.map((node) => docker('inspect', '-f', '{{.State.StartedAt}}', containerOf(name, node))),
    );

  beforeAll(async () => {
    name = newTopology();
    const port = String(await freePorts(3));
    await rrepl(['up', '--name', name, '--image', image, '--port', port, '--set', 'hz=20']);
    asUpLeftIt = await snapshot();
  });

  test('what a server keeps, on master and replica, without a restart', async () => {
    const before = await startedAt();
    await on('redis-1', 'SET', 'a', '1');
    await on('redis-1', '-n', '3', 'SET', 'b', '1');
    await on('redis-1', 'CONFIG', 'SET', 'maxmemory', '123mb');
    await on('redis-1', 'CONFIG', 'SET', 'save', '');
    await on('redis-1', 'ACL', 'SETUSER', 'guest', 'on', 'nopass', '+get');
    await on('redis-2', 'ACL', 'SETUSER', 'default', '-flushall');
    await on('redis-2', 'CONFIG', 'SET', 'replica-read-only', 'no');
    await on('redis-2', 'CONFIG', 'SET', 'hz', '50');
    await on('redis-2', 'CONFIG', 'REWRITE');
    await on('redis-2', 'SET', 'stray', '1');
    const script = await on('redis-1', 'SCRIPT', 'LOAD', 'return 1');
    if (since7) {
      const library = "#!lua name=ours\nredis.register_function('f', function() return 1 end)";
      await on('redis-1', 'FUNCTION', 'LOAD', library);
      await on('redis-1', 'CLIENT', 'PAUSE', '600000', 'WRITE');
    }
    expect(await snapshot()).not.toEqual(asUpLeftIt);
    const monitor = spawn('docker', ['exec', containerOf(name, 'redis-1'), 'redis-cli', 'MONITOR']);
    const ended = once(monitor, 'exit');
    await once(monitor.stdout, 'data');
    await reset();
    expect(await snapshot()).toEqual(asUpLeftIt);
    expect(await on('redis-1', 'SCRIPT', 'EXISTS', script)).toBe('0');
    expect(await on('redis-1', 'INFO', 'commandstats')).not.toMatch(/cmdstat_set:/);
    expect(await startedAt()).toEqual(before);
    await ended;
    await expectVerified(name);
  });

  test('what a start would bring back', async () => {
    await on('redis-1', 'SET', 'a', '1');
    await on('redis-1', 'SAVE');
    await on('redis-1', 'CONFIG', 'SET', 'maxmemory', '123mb');
    await on('redis-1', 'CONFIG', 'REWRITE');
    await reset();
    for (const node of NODES) await rrepl(['restart', node, '--yes', '--name', name]);
    await reset();
    expect(await snapshot()).toEqual(asUpLeftIt);
  });

  /** Of containers, links and roles: their versions don't differ, so 7.0 has them in `npm run soak`. */
  const FAULTS: readonly [string, () => Promise<unknown>][] = [
    ['a killed master', () => rrepl(['kill', 'redis-1', '--name', name])],
    ['a replica that was promoted', () => rrepl(['switchover', 'redis-3', '--name', name])],
    ['a stopped replica', () => rrepl(['stop', 'redis-2', '--name', name])],
    ['a cut link', () => rrepl(['disconnect', 'redis-2', '--name', name])],
    ['a paused replica', () => rrepl(['pause', 'redis-3', '--name', name])],
    ['a paused master', () => rrepl(['pause', 'redis-1', '--name', name])],
    ['a second master', () => on('redis-2', 'REPLICAOF', 'NO', 'ONE')],
    ['a replica of a replica', () => on('redis-3', 'REPLICAOF', 'redis-2', '6379')],
    ['a replica of a stranger', () => on('redis-3', 'REPLICAOF', '192.0.2.1', '7000')],
  ];
  const OF_SERVERS: typeof FAULTS = [
    ['clients that are paused', () => on('redis-1', 'CLIENT', 'PAUSE', '600000')],
    ['a server in a long script', () => shell(name, 'redis-1', LONG_SCRIPT)],
  ];
  test.each([...FAULTS.slice(0, since7 ? amount(0, FAULTS.length) : FAULTS.length), ...OF_SERVERS])(
    '%s',
    async (_, plant) => {
      await on('redis-1', 'SET', 'a', '1');
      await plant();
      await reset();
      expect(await snapshot()).toEqual(asUpLeftIt);
      await expectVerified(name);
    },
  );
});

test('what is set aside, before and by the reset, is removed', async () => {
  const name = newTopology();
  const setAside = async () => JSON.parse(await rrepl(['restore', '--json', '--name', name]));
  const diverge = async () => {
    await redis(name, 'redis-2', 'REPLICAOF', 'NO', 'ONE');
    await redis(name, 'redis-2', 'SET', 'b', '1');
  };
  await rrepl(['up', '--name', name]);
  await redis(name, 'redis-1', 'SET', 'a', '1');
  await diverge();
  await rrepl(['heal', '--name', name]);
  expect((await setAside()).setAside).toHaveLength(1);
  await diverge();
  const { stderr } = await run(['reset', '--name', name]);
  expect(stderr).toContain('and what was set aside on redis-2');
  expect((await setAside()).setAside).toEqual([]);
});

test('users and passwords of a secured topology, also where ours is refused', async () => {
  const name = newTopology();
  const secured = ['--password', 'auto', '--user', 'app', '--image', 'redis:7.0'];
  await rrepl(['up', '--name', name, ...secured]);
  const on = (node: string, ...command: string[]) =>
    rrepl(['cli', node, '--name', name, '--', ...command]);
  const users = async (node: string) =>
    (await on(node, 'ACL', 'LIST')).replaceAll(' sanitize-payload', '').split('\n').map(inOrder);
  const before = await Promise.all(NODES.map(users));
  await on('redis-1', 'ACL', 'SETUSER', 'guest', 'on', 'nopass', '+get');
  await on('redis-1', 'CONFIG', 'SET', 'masterauth', 'wrong');
  await on('redis-2', 'ACL', 'SETUSER', 'app', '-flushall', 'resetchannels');
  await on('redis-2', 'ACL', 'SETUSER', 'replication', '-psync');
  await on('redis-3', 'ACL', 'SETUSER', 'app', 'resetpass', '>other');
  await rrepl(['reset', '--name', name]);
  expect(await Promise.all(NODES.map(users))).toEqual(before);
  await expectVerified(name);
});

/** The words of a user's rights come in any order. */
const inOrder = (line: string) => line.split(' ').sort().join(' ');

test('a topology whose redis.conf does not record the roles goes on as before', async () => {
  const name = newTopology();
  const up = () => run(['up', '--name', name, '--replicas', '1', '--image', 'redis:7.0']);
  const conf = (node: string) => shell(name, node, `cat ${CONF_FILE}`);
  await up();
  for (const node of ['redis-1', 'redis-2']) {
    expect(await conf(node)).toContain('#: upstream');
    await shell(name, node, `sed -i '/^#: upstream/d' ${CONF_FILE}`);
  }
  // Without offsets: a master pings its replicas every ten seconds.
  const now = async () => [
    await conf('redis-1'),
    await conf('redis-2'),
    (await status(name)).nodes.map((it) => ({ ...it, offset: 0 })),
  ];
  const before = await now();
  expect((await up()).stderr).toContain('nothing changed');
  expect(await now()).toEqual(before);
  await redis(name, 'redis-2', 'REPLICAOF', 'NO', 'ONE');
  await redis(name, 'redis-1', 'REPLICAOF', 'redis-2', '6379');
  await rrepl(['reset', '--name', name]);
  const { nodes } = await status(name);
  expect(nodes.map((it) => [it.name, it.upstream])).toEqual([
    ['redis-1', null],
    ['redis-2', 'redis-1'],
  ]);
});

const LONG_SCRIPT = "(client EVAL 'while true do end' 0 >/dev/null 2>&1 &) ; sleep 0.2";

test("asks before it removes data that are not known to be a test's", async () => {
  const name = newTopology();
  const noExpiry = { env: { RREPL_TTL: undefined } };
  await rrepl(['up', '--name', name, '--replicas', '0'], noExpiry);
  await redis(name, 'redis-1', 'SET', 'a', '1');
  const { exitCode, stderr } = await run(['reset', '--name', name]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`\`rrepl reset --yes --name ${name}\``);
  expect(await redis(name, 'redis-1', 'DBSIZE')).toBe('1');
  await rrepl(['reset', '--yes', '--name', name]);
  expect(await redis(name, 'redis-1', 'DBSIZE')).toBe('0');
});
