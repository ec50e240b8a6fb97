/** The stream as a tap receives it, and that nobody takes the tap for a replica. */
import { afterEach, expect, test, vi } from 'vitest';
import { redis, shell } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  start,
  status,
} from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

afterEach(removeTopologies);

async function up(replicas: number): Promise<string> {
  const name = newTopology('t');
  const port = await freePorts(replicas + 1);
  const size = ['--replicas', String(replicas), '--port', String(port)];
  await rrepl(['up', '--name', name, ...size]);
  return name;
}

interface Line {
  readonly node: string;
  readonly command: string;
  readonly keys: readonly string[];
  readonly db: number | null;
  readonly offset: number;
}

/** A tap that runs, and what it has told so far. */
async function tapped(name: string, ...flags: string[]) {
  const { child, ended, untilStderr } = start(['tap', '--json', '--name', name, ...flags]);
  let text = '';
  child.stdout?.on('data', (part) => {
    text += part;
  });
  await untilStderr(/is tapped from offset/);
  const lines = (): Line[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const seen = (count: number) =>
    vi.waitFor(() => expect(lines().length).toBeGreaterThanOrEqual(count), { timeout: 30_000 });
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return { lines, seen, stop };
}

const fieldOf = async (name: string, node: string, section: string, field: string) =>
  new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(await redis(name, node, 'INFO', section))?.[1];

test('a tap tells every write with its offset, through a switchover and a failover', async () => {
  const name = await up(2);
  const tap = await tapped(name);
  const write = (node: string, from: number) =>
    shell(name, node, `for i in $(seq ${from} ${from + 19}); do client SET k:$i v; done`);
  const masterNow = async () =>
    (await status(name)).nodes.find(({ role }) => role === 'master')?.name ?? '';
  const first = await masterNow();
  const full = await fieldOf(name, first, 'stats', 'sync_full');
  await write(first, 0);
  await tap.seen(20);
  expect(tap.lines().at(-1)).toMatchObject({ node: first, command: 'SET', db: 0 });
  expect(tap.lines().at(-1)?.offset).toBeLessThanOrEqual(
    Number(await fieldOf(name, first, 'replication', 'master_repl_offset')),
  );
  // Nobody takes it for a replica, and nothing was forked for it.
  await expectVerified(name);
  // A WAIT without a write before it waits for nothing, so it counts whoever is there.
  const wait = await shell(name, first, `printf 'SET w 1\\nWAIT 3 100\\n' | client`);
  expect(wait.trim().split('\n').at(-1)).toBe('2');
  expect(await fieldOf(name, first, 'stats', 'sync_full')).toBe(full);

  await rrepl(['switchover', '--name', name]);
  const second = await masterNow();
  await write(second, 20);
  await tap.seen(41);
  await rrepl(['kill', second, '--name', name]);
  await rrepl(['promote', 'replica', '--name', name]);
  await write(await masterNow(), 40);
  await tap.seen(61);
  const { exitCode, stderr } = await tap.stop();
  expect(exitCode, stderr).toBe(143);
  for (const line of tap.lines()) expectShape('tap', line);
  const keys = tap.lines().flatMap((it) => it.keys.filter((key) => key.startsWith('k:')));
  expect(keys).toEqual(Array.from({ length: 60 }, (_, index) => `k:${index}`));
});

test('a tap shows only the keys that are asked for, and never a value', async () => {
  const name = await up(1);
  const tap = await tapped(name, '--match', 'user:*');
  const texts = start(['tap', '--key', 'user:1', '--name', name]);
  await texts.untilStderr(/is tapped/);
  await shell(name, 'redis-1', 'client SET user:1 secret; client SET other x; client DEL user:1');
  await tap.seen(2);
  await tap.stop();
  expect(tap.lines().map(({ command, keys }) => `${command} ${keys}`)).toEqual([
    'SET user:1',
    'DEL user:1',
  ]);
  texts.child.kill('SIGTERM');
  const { stdout } = await texts.ended;
  expect(stdout).toMatch(/^redis-1 +\d+ {2}db 0 {2}SET {2}user:1 {2}\d+ B$/m);
  expect(stdout).not.toContain('secret');
});

test('top tells what fills the backlog', async () => {
  const name = await up(1);
  const top = run(['top', '--for', '3s', '--json', '--name', name]);
  const load = `for i in $(seq 100); do client SET a:$i xxxxxxxxxx; client INCR b:$i; done`;
  const [{ stdout, exitCode }] = await Promise.all([top, shell(name, 'redis-1', load)]);
  expect(exitCode).toBe(0);
  const seen = JSON.parse(stdout);
  expectShape('top', seen);
  expect(seen.prefixes[0]?.name).toBe('a:');
  expect(seen.commands.map((it: { name: string }) => it.name)).toEqual(['SET', 'INCR']);
  expect(seen.backlog.lastsSeconds).toBeGreaterThan(0);
});

test('top goes on when the master is killed', async () => {
  const name = await up(1);
  const top = run(['top', '--for', '8s', '--name', name]);
  const attached = () => redis(name, 'redis-1', 'INFO', 'replication');
  await expect.poll(attached, { timeout: 20_000 }).toContain('rrepl-tap');
  await rrepl(['kill', 'redis-1', '--name', name]);
  const { exitCode, stdout, stderr } = await top;
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toMatch(/^redis-1: .*\nbacklog: [1-9]/);
});

test('a tap knows the database from a replica, where the last SELECT is long ago; else it says so once', async () => {
  const name = await up(1);
  const far = `client -n 2 SET a 1; for i in 1 2 3; do head -c 500000 /dev/zero | tr '\\0' x |
    client -n 2 -x SET big >/dev/null; done; client -n 2 WAIT 1 5000`;
  await shell(name, 'redis-1', far);
  const tap = await tapped(name);
  await shell(name, 'redis-1', 'client -n 2 SET b 1');
  await tap.seen(1);
  expect(tap.lines()[0]).toMatchObject({ command: 'SET', keys: ['b'], db: 2 });
  expect((await tap.stop()).stderr).not.toContain('database');

  await rrepl(['pause', 'replica', '--name', name]);
  const blind = await tapped(name);
  await shell(name, 'redis-1', 'client -n 2 SET b 1; client SET c 1');
  await blind.seen(2);
  expect(blind.lines().map(({ db }) => db)).toEqual([null, 0]);
  expect((await blind.stop()).stderr.match(/its database is unknown/g)).toHaveLength(1);
});

test('a tap ends when its topology is removed, and says so', async () => {
  const name = await up(1);
  const tap = start(['tap', '--name', name]);
  await tap.untilStderr(/is tapped/);
  await rrepl(['down', '--volumes', '--name', name]);
  const { exitCode, stderr } = await tap.ended;
  expect(exitCode, stderr).toBe(1);
  expect(stderr).toMatch(new RegExp(`error: topology ${name} is gone\\n$`));
});

test('without a backlog there is nothing to tap', async () => {
  const name = await up(0);
  const { exitCode, stderr } = await run(['tap', '--name', name]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('the upstream keeps no backlog');
});
