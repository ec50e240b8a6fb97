/** One address that follows the master, whoever moves the role. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { type DoorInput, door } from '../../src/operations/door.js';
import { chooseEngine } from '../../src/operations/engine.js';
import type { OperationEvent } from '../../src/operations/operation.js';
import { containerOf, docker, redis, TOPOLOGY_FILE } from '../support/docker.js';
import { freePorts, isFree } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, start, status } from '../support/rrepl.js';
import { Wire } from '../support/wire.js';

const engine = chooseEngine({ env: process.env, caller: 'a test' });
const openDoor = (input: DoorInput, onEvent?: (event: OperationEvent) => void) =>
  door(engine, input, { onEvent });

afterAll(removeTopologies);

async function bringUp(...more: string[]): Promise<string> {
  const name = newTopology('d');
  const port = String(await freePorts(3));
  await rrepl(['up', '--name', name, '--replicas', '2', '--port', port, ...more]);
  return name;
}

const masterIn = async (name: string) =>
  (await status(name)).nodes.find(({ role }) => role === 'master')?.name ?? '';

// What is told from the raw stream needs servers that let everyone in.
const isOpen = TOPOLOGY_FILE === undefined;

test.runIf(isOpen)(
  'passes every byte, counts what it passed, and no cut where none was',
  async () => {
    const topology = await bringUp();
    const events: OperationEvent[] = [];
    await using opened = await openDoor({ topology }, (it) => events.push(it));
    const client = new Wire(opened.port);
    const value = randomBytes(4_000_000).toString('latin1');
    expect(await client.ask('SET', 'big', value)).toBe('+OK');
    expect((await client.ask('GET', 'big')) === value).toBe(true);
    expect(await client.ask('LPUSH', 'big', '1')).toMatch(/^-WRONGTYPE/);
    // A server that ends a connection as it was told to is not gone.
    expect(await client.ask('QUIT')).toBe('+OK');
    expect(await client.ended()).toBe(null);
    // A door that closes cuts nobody in the sense that is counted.
    const open = new Wire(opened.port);
    expect(await open.ask('PING')).toBe('+PONG');
    await opened.close();
    expect(await open.ended()).toBe('ECONNRESET');
    const { connections, bytes, commands } = opened.traffic();
    expect(connections).toEqual({ opened: 2, cut: 0, turnedAway: 0 });
    expect(bytes.sent).toBeGreaterThan(4_000_000);
    expect(bytes.received).toBeGreaterThan(4_000_000);
    expect(commands).toEqual({
      ...{ sent: 5, answered: 5, refused: 0, unanswered: 0 },
      errors: { WRONGTYPE: 1 },
    });
    expect(events).toEqual([{ type: 'door', leadsTo: 'redis-1' }]);
  },
);

test.runIf(isOpen)(
  'follows a switchover: old connections are reset, new ones reach the new master',
  async () => {
    const topology = await bringUp();
    await using opened = await openDoor({ topology });
    expect(opened.master).toBe('redis-1');
    const [one, two] = [new Wire(opened.port), new Wire(opened.port)];
    expect(await one.ask('SET', 'key', '1')).toBe('+OK');
    expect(await two.ask('GET', 'key')).toBe('1');
    await rrepl(['switchover', 'redis-3', '--name', topology]);
    expect(await Promise.all([one.ended(), two.ended()])).toEqual(['ECONNRESET', 'ECONNRESET']);
    const three = new Wire(opened.port);
    expect(await three.ask('SET', 'key', '2')).toBe('+OK');
    expect(await redis(topology, 'redis-3', 'ROLE')).toMatch(/^master/);
    expect(opened.master).toBe('redis-3');
    expect(opened.traffic().connections).toEqual({ opened: 3, cut: 2, turnedAway: 0 });
    three.close();
  },
);

test.runIf(isOpen)(
  'follows a failover that is made by hand, holds who comes meanwhile, and stays when the old master returns',
  async () => {
    const topology = await bringUp();
    await using opened = await openDoor({ topology });
    const before = new Wire(opened.port);
    expect(await before.ask('SET', 'key', '1')).toBe('+OK');
    await docker('kill', containerOf(topology, 'redis-1'));
    expect(await before.ended()).toBe('ECONNRESET');
    const held = new Wire(opened.port);
    held.send('SET', 'key', '2');
    const answer = held.reply();
    const first = await Promise.race([answer, sleep(300, 'held')]);
    expect(first).toBe('held');
    await redis(topology, 'redis-2', 'REPLICAOF', 'NO', 'ONE');
    expect(await answer).toBe('+OK');
    expect(await redis(topology, 'redis-2', 'GET', 'key')).toBe('2');
    await docker('start', containerOf(topology, 'redis-1'));
    await expect.poll(() => redis(topology, 'redis-1', 'PING').catch(() => '')).toBe('PONG');
    const after = new Wire(opened.port);
    expect(await after.ask('GET', 'key')).toBe('2');
    expect(await held.ask('GET', 'key')).toBe('2');
    const { connections, commands, silences } = opened.traffic();
    expect(connections).toEqual({ opened: 3, cut: 1, turnedAway: 0 });
    expect(commands).toMatchObject({ sent: 4, answered: 4, refused: 0, unanswered: 0 });
    expect(silences?.filter(({ toMs }) => toMs === null)).toEqual([]);
    // A busy machine may be slow before.
    const ofTheHold = silences?.filter(({ fromMs, toMs }) => (toMs ?? 0) - fromMs >= 300);
    expect(ofTheHold).toHaveLength(1);
    for (const client of [held, after]) client.close();
  },
);

test.runIf(isOpen)('resets who is at a master that hangs and was replaced', async () => {
  const topology = await bringUp();
  await using opened = await openDoor({ topology });
  const before = new Wire(opened.port);
  expect(await before.ask('SET', 'key', '1')).toBe('+OK');
  await docker('pause', containerOf(topology, 'redis-1'));
  await redis(topology, 'redis-2', 'REPLICAOF', 'NO', 'ONE');
  expect(await before.ended()).toBe('ECONNRESET');
  const after = new Wire(opened.port);
  expect(await after.ask('SET', 'key', '2')).toBe('+OK');
  expect(await redis(topology, 'redis-2', 'GET', 'key')).toBe('2');
  after.close();
});

test.runIf(isOpen)(
  'lets nobody wait for ever, and counts refusals and what was never answered',
  async () => {
    const topology = await bringUp();
    await using opened = await openDoor({ topology, holdMs: 200 });
    const client = new Wire(opened.port);
    await redis(topology, 'redis-1', 'CONFIG', 'SET', 'min-replicas-to-write', '9');
    expect(await client.ask('SET', 'key', '1')).toMatch(/^-NOREPLICAS/);
    await docker('pause', containerOf(topology, 'redis-1'));
    client.send('GET', 'key');
    await expect.poll(() => opened.traffic().silences?.at(-1)?.toMs).toBeNull();
    await docker('kill', containerOf(topology, 'redis-1'));
    expect(await client.ended()).toBe('ECONNRESET');
    expect(await new Wire(opened.port).ended()).toBe('ECONNRESET');
    const { connections, commands } = opened.traffic();
    expect(connections).toEqual({ opened: 1, cut: 1, turnedAway: 1 });
    expect(commands).toEqual({
      ...{ sent: 2, answered: 0, refused: 1, unanswered: 1 },
      errors: { NOREPLICAS: 1 },
    });
  },
);

test.runIf(isOpen)('leads to the replicas in turn, and knows a new one', async () => {
  const topology = await bringUp();
  await using opened = await openDoor({ topology, leads: 'replica' });
  const reached = async () => {
    const client = new Wire(opened.port);
    const info = await client.ask('INFO', 'server');
    client.close();
    return /run_id:(\w+)/.exec(info)?.[1];
  };
  const idOf = async (node: string) =>
    /run_id:(\w+)/.exec(await redis(topology, node, 'INFO', 'server'))?.[1];
  const seen = [await reached(), await reached(), await reached(), await reached()];
  expect(new Set(seen)).toEqual(new Set([await idOf('redis-2'), await idOf('redis-3')]));
  expect(seen[0]).toBe(seen[2]);
  await rrepl(['scale', '3', '--name', topology]);
  const fourth = await idOf('redis-4');
  await expect.poll(reached, { timeout: 20_000 }).toBe(fourth);
});

test('passes logins and TLS through, and says what it can not count', async () => {
  const topology = await bringUp('--password', 'auto', '--user', 'app', '--tls');
  const ca = await rrepl(['ca', '--name', topology]);
  await using opened = await openDoor({ topology });
  expect(opened.url).toMatch(/^rediss:\/\/app:[^*]+@127\.0\.0\.1:\d+$/);
  const client = new Redis(opened.url, { tls: { ca }, protocol: 2 });
  client.on('error', () => {});
  expect(await client.set('key', 'value')).toBe('OK');
  await rrepl(['switchover', '--name', topology]);
  await expect.poll(() => client.set('key', 'again').catch(String)).toBe('OK');
  client.disconnect();
  expect(await redis(topology, await masterIn(topology), 'GET', 'key')).toBe('again');
  const { connections, bytes, commands, silences } = opened.traffic();
  expect(connections).toMatchObject({ opened: 2, cut: 1 });
  expect(bytes.sent).toBeGreaterThan(100);
  expect([commands, silences]).toEqual([null, null]);
});

test('the command prints its address, and ends with Ctrl-C', async () => {
  const topology = await bringUp('--password', 'auto');
  const port = await freePorts(1);
  const { child, ended, untilStderr } = start(['door', '--name', topology, '--port', String(port)]);
  await untilStderr(/leads to redis-1/);
  const client = new Redis(port, {
    password: (await rrepl(['password', '--name', topology])).trim(),
  });
  client.on('error', () => {});
  expect(await client.set('key', 'value')).toBe('OK');
  const taken = start(['door', '--name', topology, '--port', String(port)]);
  expect(await taken.ended).toMatchObject({ exitCode: 2 });
  child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await ended;
  client.disconnect();
  expect(exitCode, stderr).toBe(130);
  expect(stdout).toBe(`redis://:***@127.0.0.1:${port}\n`);
  expect(stderr).toMatch(/1 connection, 0 cut/);
  expect(await isFree(port)).toBe(true);
});
