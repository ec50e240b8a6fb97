/** What a killed master was written and the new one lacks: from its AOF, or by key from its data. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { streamPlaces } from '../../src/live/tap.js';
import { parseSalvage, type Salvage } from '../../src/stream/salvage-file.js';
import { type StreamPlace, Wire } from '../../src/stream/wire.js';
import { Writer } from '../support/acknowledged.js';
import { amount } from '../support/amount.js';
import { containerOf, docker, redis, shell } from '../support/docker.js';
import { inSync, masterOf, withLive } from '../support/live.js';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, run, start } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

afterEach(removeTopologies);
const folder = mkdtempSync(join(tmpdir(), 'rrepl-salvage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const AOF = ['--set', 'appendonly=yes'];

/** What is given before both have; what is given to `old` then, only the master that is killed. */
async function killed(flags: readonly string[], before: string, old: string, fresh: string) {
  const name = newTopology('v');
  const port = await freePorts(2);
  const about = ['--name', name, '--replicas', '1', '--port', String(port)];
  await rrepl(['up', ...about, ...flags]);
  await shell(name, 'redis-1', before);
  await withLive(name, async (live) => inSync(live, await masterOf(live)));
  await rrepl(['disconnect', 'redis-2', '--name', name]);
  await shell(name, 'redis-1', old);
  await docker('kill', containerOf(name, 'redis-1'));
  await redis(name, 'redis-2', 'REPLICAOF', 'NO', 'ONE');
  await shell(name, 'redis-2', fresh);
  return name;
}

const read = (file: string): Salvage => parseSalvage(readFileSync(file, 'utf8'), file);

async function salvaged(name: string): Promise<{ file: string; found: Salvage }> {
  const out = mkdtempSync(join(folder, 'out-'));
  const told = await rrepl(['salvage', 'redis-1', '--out', out, '--name', name, '--json']);
  expectShape('salvage', JSON.parse(told));
  const file = join(out, 'salvage.jsonl');
  return { file, found: read(file) };
}

async function applied(name: string, file: string, ...more: string[]) {
  const { stdout } = await run(['salvage', 'apply', file, '--name', name, '--json', ...more]);
  expectShape('salvage-apply', JSON.parse(stdout));
  const keys: { key: string; result: string }[] = JSON.parse(stdout).keys;
  return new Map(keys.map(({ key, result }) => [key, result]));
}

const loneOf = (name: string): Promise<string> =>
  docker(
    'ps',
    '-aq',
    '--filter',
    'label=dev.rrepl.lone',
    '--filter',
    `label=dev.rrepl.topology=${name}`,
  );

const BEFORE = `for i in $(seq 20); do client SET before:$i v >/dev/null; done
  client SET n 5; client RPUSH l a; client SET gone 1; client SET both 0; client -n 3 HSET h f 0; client SET x 1
  client SADD s 1 2 3`;
const OLD = `client INCR n; client RPUSH l b; client DEL gone; client SET both 1; client -n 3 HSET h f 1
  client EXPIRE x 2000; client SPOP s; client SET 'a b' "$(printf 'bytes \\377')"; client XADD stream '*' k v
  client SET only 1 EX 1000; client SET big "$(head -c 100000 /dev/zero | tr '\\0' x)"
  printf 'MULTI\\nINCR t1\\nINCR t2\\nEXEC\\n' | client
  client EVAL "redis.call('ZADD', 'z', 1, 'm')" 0`;
const FRESH = 'client SET both 2; client SET own 1';
const LOST = ['n', 'l', 'gone', 'h', 'x', 's', 'a b', 'stream', 'only', 'big', 't1', 't2', 'z'];

async function expectPutBack(name: string): Promise<void> {
  const get = (...command: string[]) => redis(name, 'redis-2', ...command);
  expect(await get('GET', 'n')).toBe('6');
  expect(await get('LRANGE', 'l', '0', '-1')).toBe('a\nb');
  expect(await get('EXISTS', 'gone')).toBe('0');
  expect(await get('SCARD', 's')).toBe('2');
  expect(await get('GET', 'both')).toBe('2');
  expect(await get('GET', 'own')).toBe('1');
  expect(await get('STRLEN', 'big')).toBe('100000');
  expect(Number(await get('TTL', 'x'))).toBeGreaterThan(1000);
}

describe('of a master that was killed', () => {
  test('what its AOF has beyond the cut is salvaged and put back', async () => {
    const name = await killed(AOF, BEFORE, OLD, FRESH);
    // The last command was half written.
    await docker(
      'run',
      '--rm',
      '--volumes-from',
      containerOf(name, 'redis-1'),
      '--entrypoint',
      'sh',
      await docker('inspect', '-f', '{{.Image}}', containerOf(name, 'redis-1')),
      '-c',
      `f=$(ls -t /data/appendonly.aof /data/appendonlydir/*.incr.aof 2>/dev/null | head -n 1)
       printf '*3\\r\\n$3\\r\\nSET\\r\\n$4\\r\\nhalf\\r\\n$5\\r\\nabc' >> "$f"`,
    );
    const { file, found } = await salvaged(name);
    expect(found).toMatchObject({ source: 'aof', missingBytes: null, end: null });
    const keys = new Set(found.lines.flatMap((it) => it.keys.map(String)));
    expect([...keys].sort()).toEqual([...LOST, 'both'].sort());
    const results = await applied(name, file);
    expect(results.get('both')).toBe('skipped');
    for (const key of LOST) expect([key, results.get(key)]).toEqual([key, 'verified']);
    await expectPutBack(name);
    const again = await applied(name, file);
    for (const key of LOST) expect([key, again.get(key)]).toEqual([key, 'same']);
    expect(await loneOf(name)).toBe('');
  });

  test('without an AOF what its RDB has otherwise is, key by key', async () => {
    const name = await killed([], BEFORE, `${OLD}\nclient SAVE; client SET later 1`, FRESH);
    const { file, found } = await salvaged(name);
    expect(found).toMatchObject({ source: 'data', missingBytes: null });
    const results = await applied(name, file);
    expect([...results.keys()].sort()).toEqual([...LOST, 'both'].sort());
    for (const key of LOST) expect([key, results.get(key)]).toEqual([key, 'verified']);
    await expectPutBack(name);
  });

  test('whose RDB is older than the cut nothing can be known, and that is said', async () => {
    const name = await killed([], `${BEFORE}; client SAVE; client SET later 1`, OLD, FRESH);
    const { stderr, exitCode } = await run(['salvage', 'redis-1', '--out', folder, '--name', name]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/saved at offset [\d,]+, and redis-2 has all up to [\d,]+/);
    expect(stderr).toContain('in its memory alone');
  });

  test('whose AOF was rewritten meanwhile what differs is salvaged, and nothing put back unasked', async () => {
    const rewritten = `${OLD}; client BGREWRITEAOF
      while client INFO persistence | grep -q 'aof_rewrite_in_progress:1\\|aof_rewrite_scheduled:1'; do :; done
      client SET after 1`;
    const name = await killed(AOF, BEFORE, rewritten, FRESH);
    const { file, found } = await salvaged(name);
    expect(found.lines.flatMap((it) => it.keys.map(String))).toEqual(
      expect.arrayContaining(['n', 'only', 'after']),
    );
    if (found.source === 'aof') return;
    expect(found).toMatchObject({ source: 'data', cut: null });
    expect(new Set((await applied(name, file)).values())).toEqual(new Set(['skipped']));
    expect((await applied(name, file, '--conflicts', 'overwrite')).get('n')).toBe('verified');
    expect(await redis(name, 'redis-2', 'GET', 'own')).toBe('1');
  });

  test.each(['promote', 'heal'])('%s salvages by itself', async (how) => {
    const name = newTopology('v');
    const port = await freePorts(2);
    await rrepl(['up', '--name', name, '--replicas', '1', '--port', String(port), ...AOF]);
    await shell(name, 'redis-1', BEFORE);
    await withLive(name, async (live) => inSync(live, await masterOf(live)));
    await rrepl(['disconnect', 'redis-2', '--name', name]);
    await shell(name, 'redis-1', 'client INCR n');
    await docker('kill', containerOf(name, 'redis-1'));
    if (how === 'heal') await redis(name, 'redis-2', 'REPLICAOF', 'NO', 'ONE');
    const out = join(folder, `${name}-by-itself`);
    const about = how === 'promote' ? ['redis-2'] : [];
    const { stderr, exitCode } = await run([how, ...about, '--salvage', out, '--name', name]);
    expect(exitCode, stderr).toBe(0);
    const [made = ''] = readdirSync(out);
    expect(stderr).toContain(join(out, made));
    const { source, lines } = read(join(out, made, 'salvage.jsonl'));
    expect(source).toBe('aof');
    expect(lines.map(({ command, keys }) => [command, String(keys[0])])).toEqual([['INCR', 'n']]);
  });
});

async function kept(place: StreamPlace, keys: readonly string[]): Promise<Set<string>> {
  const wire = new Wire(place);
  await wire.logIn();
  const replies = await wire.askAll(keys.map((key) => ['GET', key]));
  wire.close();
  return new Set(keys.filter((key, index) => String(replies[index]) === key));
}

test(
  'all that was acknowledged and lost is in the AOF',
  async () => {
    const name = newTopology('v');
    const port = await freePorts(3);
    await rrepl(['up', '--name', name, '--replicas', '2', '--port', String(port), ...AOF]);
    const all = ['redis-1', 'redis-2', 'redis-3'];
    let master = 'redis-1';
    for (let round = 0; round < amount(1, 20); round += 1) {
      const places = await withLive(name, (live) => streamPlaces(live));
      const placeOf = (node: string) => places.find((it) => it.name === node) as StreamPlace;
      const writers = [0, 1].map((at) => new Writer(placeOf(master), `w${round}.${at}`));
      await Promise.all(writers.map((it) => it.until(300)));
      const replicas = all.filter((it) => it !== master);
      for (const node of replicas) await rrepl(['disconnect', node, '--name', name]);
      await Promise.all(writers.map((it) => it.until(100)));
      await docker('kill', containerOf(name, master));
      await Promise.all(writers.map((it) => it.ended));
      const [next = ''] = replicas;
      const out = join(folder, `${name}-${round}`);
      const { stderr } = await run(['promote', next, '--salvage', out, '--name', name]);
      expect(stderr, `round ${round}`).toContain(out);
      const acknowledged = writers.flatMap((it) => [...it.acknowledged.keys()]);
      const before = await kept(placeOf(next), acknowledged);
      const lost = acknowledged.filter((key) => !before.has(key));
      expect(lost.length).toBeGreaterThan(0);
      const [made = ''] = readdirSync(out);
      const file = join(out, made, 'salvage.jsonl');
      const found = read(file).lines.map((it) => String(it.keys[0]));
      expect(found).toEqual(expect.arrayContaining(lost));
      // At the most what was under way besides: it was written, and nobody was told.
      const more = found.filter((key) => !lost.includes(key));
      expect(more.filter((key) => before.has(key))).toEqual([]);
      await rrepl(['salvage', 'apply', file, '--name', name]);
      expect((await kept(placeOf(next), acknowledged)).size).toBe(acknowledged.length);
      for (const node of replicas) await rrepl(['connect', node, '--name', name]);
      await rrepl(['heal', '--name', name]);
      master = next;
    }
  },
  amount(300_000, 3_600_000),
);

test('its data are read by a server that nobody reaches, and that goes with rrepl', async () => {
  const many = `client EVAL "for i = 1, 300000 do redis.call('SET', 'many:' .. i, i) end" 0`;
  const name = await killed(AOF, many, 'client SET only 1', FRESH);
  const files = () =>
    docker(
      'run',
      '--rm',
      '--volumes-from',
      containerOf(name, 'redis-1'),
      '--entrypoint',
      'sh',
      image,
      '-c',
      'find /data -type f -exec md5sum {} + | sort',
    );
  const image = await docker('inspect', '-f', '{{.Image}}', containerOf(name, 'redis-1'));
  const before = await files();
  const salvage = start(['salvage', 'redis-1', '--out', join(folder, 'killed'), '--name', name]);
  let lone = '';
  while (lone === '') lone = await loneOf(name);
  const [facts] = JSON.parse(await docker('inspect', lone));
  expect(facts.HostConfig).toMatchObject({ NetworkMode: 'none', PortBindings: {} });
  expect(facts.Mounts.every(({ RW }: { RW: boolean }) => !RW)).toBe(true);
  salvage.child.kill('SIGKILL');
  while ((await loneOf(name)) !== '') await sleep(50);
  expect(await files()).toBe(before);
  const { found } = await salvaged(name);
  expect(found.lines.map((it) => String(it.keys[0]))).toEqual(['only']);
});
