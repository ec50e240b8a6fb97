/** What is set aside before it would be lost: that it is all there, and can be put back, from real disks. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { setAside, setAsideLiving } from '../../src/failover/set-aside.js';
import type { SetAside } from '../../src/observe/set-aside.js';
import { Deadline } from '../../src/redis/wait.js';
import { containerOf, docker, redis } from '../support/docker.js';
import { withLive } from '../support/live.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
} from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

const dirs: string[] = [];
afterAll(async () => {
  await removeTopologies();
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

async function bringUp(...flags: string[]): Promise<string> {
  const name = newTopology('h');
  await rrepl(['up', '--name', name, '--replicas', '1', ...flags]);
  return name;
}

const place = (topology: string, node: string) => ({
  topology,
  node,
  container: containerOf(topology, node),
});

const keep = (topology: string, node: string): Promise<SetAside | null> =>
  withLive(topology, ({ runtime }) => setAside(runtime, place(topology, node), 'a test'));

const keys = async (topology: string, node = 'master') =>
  (await rrepl(['cli', node, '--name', topology, '--', 'KEYS', '*']))
    .split('\n')
    .filter(Boolean)
    .sort();

const write = (topology: string, key: string) =>
  rrepl(['cli', '--name', topology, '--', 'SET', key, 'v']);

const files = (topology: string, node: string) =>
  docker('exec', containerOf(topology, node), 'ls', '-A', '/data/rrepl-set-aside').catch(() => '');

const linkUp = (topology: string) =>
  vi.waitFor(async () => expect((await status(topology)).nodes[1]?.link).toBe('up'), {
    timeout: 20_000,
    interval: 100,
  });

/** The id of the topology's next container that starts. */
function nextStarted(topology: string): Promise<string> {
  const label = `label=dev.rrepl.topology=${topology}`;
  const filters = ['--filter', 'event=start', '--filter', label];
  const events = spawn('docker', ['events', ...filters, '--format', '{{.ID}}']);
  return new Promise((resolve, reject) => {
    events.once('error', reject);
    events.stdout.setEncoding('utf8').once('data', (id: string) => {
      events.kill();
      resolve(id.trim());
    });
  });
}

/** The master dies with a write that its replica never got; that takes over, takes a write and wins. */
async function failOver(name: string): Promise<SetAside | null> {
  await rrepl(['kill', 'redis-1', '--name', name]);
  await rrepl(['connect', 'redis-2', '--name', name]);
  await rrepl(['promote', 'redis-2', '--name', name]);
  await write(name, 'later');
  await rrepl(['start', 'redis-1', '--name', name]);
  return (await status(name)).nodes[0]?.setAside as SetAside | null;
}

describe.each([
  ['redis:6.0', 'an RDB', 'volumes', ['--set', 'save=3600 1']],
  ['redis:7.0', 'an AOF', 'a folder', ['--set', 'appendonly=yes', '--set', 'save=']],
])('on %s with %s on %s', (image, _what, where, flags) => {
  it('is put back, and that is taken back', { timeout: 240_000 }, async () => {
    const dir = where === 'volumes' ? null : mkdtempSync(join(tmpdir(), 'rrepl-set-aside-'));
    if (dir !== null) dirs.push(dir);
    const name = await bringUp('--image', image, ...flags, ...(dir === null ? [] : ['--dir', dir]));
    await rrepl(['disconnect', 'redis-2', '--name', name]);
    await write(name, 'only-here');
    // What was confirmed by no replica is on this disk alone.
    if (image === 'redis:6.0') await rrepl(['cli', '--name', name, '--', 'SAVE']);
    const kept = await failOver(name);
    expect(kept).toMatchObject({ role: 'master', loads: image === 'redis:6.0' ? 'rdb' : 'aof' });
    const before = await keys(name);

    expectShape('restore', JSON.parse(await rrepl(['restore', '--name', name, '--json'])));
    const refused = await run(['restore', 'redis-1', '--name', name]);
    expect(refused.exitCode).toBe(2);
    expect(await keys(name)).toEqual(before);

    await rrepl(['restore', 'redis-1', '--name', name, '--yes']);
    expect(await keys(name)).toEqual(['only-here']);
    const now = await status(name);
    expectShape('status', now);
    expect(now.nodes.map(({ role }) => role)).toEqual(['master', 'replica']);
    await expectVerified(name);

    await rrepl(['restore', 'redis-2', '--name', name, '--yes']);
    expect(await keys(name)).toEqual(before);

    await rrepl(['restore', 'redis-1', '--discard', '--yes', '--name', name]);
    expect(await files(name, 'redis-1')).toBe('');
    const down = await run(['down', '--volumes', '--name', name]);
    if (dir === null) return;
    expect(down.stderr).toContain(
      `removed what was set aside: ${dir}/redis-2/data/rrepl-set-aside`,
    );
    expect(existsSync(`${dir}/redis-2/data/rrepl-set-aside`)).toBe(false);
    expect(readdirSync(`${dir}/redis-2/data`).length).toBeGreaterThan(0);
  });
});

describe('what is set aside', () => {
  it('is nothing where nothing is, and then what was there before stays', {
    timeout: 240_000,
  }, async () => {
    const name = await bringUp();
    // A master without a replica writes no offset into its RDB, and then nobody can tell who has more.
    const start = async () => {
      await rrepl(['start', 'redis-1', '--name', name]);
      await linkUp(name);
    };
    await rrepl(['stop', 'redis-1', '--name', name]);
    expect(await keep(name, 'redis-1')).toBeNull();
    await start();
    // A cached script, which 6.0 writes behind the keys, is no data, and hides none.
    const script = () => rrepl(['cli', '--name', name, '--', 'EVAL', 'return 1', '0']);
    await script();
    await rrepl(['stop', 'redis-1', '--name', name]);
    expect(await keep(name, 'redis-1')).toBeNull();
    await start();
    await script();
    await write(name, 'a');
    await rrepl(['stop', 'redis-1', '--name', name]);
    const first = await keep(name, 'redis-1');
    expect(first).toMatchObject({ keys: 1 });
    await start();
    await rrepl(['cli', '--name', name, '--', 'FLUSHALL']);
    await rrepl(['stop', 'redis-1', '--name', name]);
    expect(await keep(name, 'redis-1')).toBeNull();
    await start();
    await write(name, 'b');
    await write(name, 'c');
    await rrepl(['stop', 'redis-1', '--name', name]);
    expect(await keep(name, 'redis-1')).toMatchObject({ keys: 2 });
    await start();
    const [folder, ...more] = (await files(name, 'redis-1')).split('\n');
    expect(folder).not.toBe(first?.path.split('/').at(-1));
    expect(more).toEqual(['info.json']);
    await withLive(name, async ({ runtime, nodes }) => {
      const limits = { deadline: new Deadline(20_000), signal: new AbortController().signal };
      const server = nodes.find((it) => it.name === 'redis-1')?.redis;
      if (server === undefined) throw new Error('no redis-1');
      await server.call('SET', 'd', 'v');
      const living = await setAsideLiving(runtime, place(name, 'redis-1'), 'x', server, limits);
      expect(living).toMatchObject({ keys: 3, loads: 'rdb' });
    });
    expect(await docker('ps', '-aq', '--filter', `label=dev.rrepl.topology=${name}`)).toMatch(
      /^\w+\n\w+$/,
    );
  });

  it('is the old one or the new one when the helper is killed, and the next run clears the rest', async () => {
    const name = await bringUp('--set', 'save=3600 1');
    const fill = (prefix: string) =>
      rrepl([
        'cli',
        '--name',
        name,
        '--',
        'EVAL',
        `for i = 1, 200 do redis.call('SET', '${prefix}' .. i, string.rep('x', 1e5)) end`,
        '0',
      ]);
    await fill('a');
    await rrepl(['stop', 'redis-1', '--name', name]);
    const first = await keep(name, 'redis-1');
    // No hard links for this one: the copy takes long enough to be killed in.
    await docker(
      'run',
      '--rm',
      '--network',
      'none',
      '--volumes-from',
      containerOf(name, 'redis-1'),
      '--entrypoint',
      'sh',
      'redis:6.0',
      '-c',
      'head -c 800000000 /dev/zero > /data/big.aof',
    );
    // Its copy takes a second: nobody must have to look for it first.
    const helper = nextStarted(name);
    const killed = keep(name, 'redis-1').then(
      () => 'done',
      () => 'failed',
    );
    await docker('kill', await helper);
    expect(await killed).toBe('failed');
    expect((await status(name)).nodes[0]?.setAside).toMatchObject({ at: first?.at });
    const next = await keep(name, 'redis-1');
    expect(next?.bytes).toBeGreaterThan(800_000_000);
    await rrepl(['start', 'redis-1', '--name', name]);
    expect((await files(name, 'redis-1')).split('\n')).toEqual([
      next?.path.split('/').at(-1),
      'info.json',
    ]);
  });

  it('stays the same record until something is written', async () => {
    const name = await bringUp('--image', 'redis:7.0', '--set', 'appendonly=yes', '--set', 'save=');
    await write(name, 'a');
    await rrepl(['kill', 'redis-1', '--name', name]);
    const first = await keep(name, 'redis-1');
    expect(first).toMatchObject({ loads: 'aof' });
    expect(await keep(name, 'redis-1')).toEqual(first);
    await rrepl(['start', 'redis-1', '--name', name]);
    await write(name, 'b');
    await rrepl(['kill', 'redis-1', '--name', name]);
    expect((await keep(name, 'redis-1'))?.path).not.toBe(first?.path);
  });

  it('is set aside when a former master comes back as a replica', async () => {
    const name = await bringUp('--set', 'save=3600 1');
    await write(name, 'a');
    await redis(name, 'redis-1', 'SAVE');
    const short = ['--before', '300ms', '--after', '300ms'];
    const { stdout } = await run(['kill-master', '--name', name, ...short]);
    expect(stdout).toContain('its data set aside in /data/rrepl-set-aside/');
    const cause = 'redis-2 took its place in kill-master';
    expect((await status(name)).nodes[0]?.setAside).toMatchObject({ cause, keys: 1 });
  });
});
