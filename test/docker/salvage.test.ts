/** What a failover would throw away: salvaged from the former master, and put into the new one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { applySalvage, type Outcome } from '../../src/failover/salvage-apply.js';
import { parseSalvage, type Salvage } from '../../src/stream/salvage-file.js';
import { type StreamPlace, Wire } from '../../src/stream/wire.js';
import { Writer } from '../support/acknowledged.js';
import { amount } from '../support/amount.js';
import { IMAGE, redis, shell } from '../support/docker.js';
import { parted, placesOf, roles, takeOver, up } from '../support/parted.js';
import { removeTopologies, rrepl, run, status } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

afterEach(removeTopologies);
const folder = mkdtempSync(join(tmpdir(), 'rrepl-salvage-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function salvaged(name: string, node: string): Promise<{ file: string; found: Salvage }> {
  const out = mkdtempSync(join(folder, 'out-'));
  const told = JSON.parse(await rrepl(['salvage', node, '--out', out, '--name', name, '--json']));
  expectShape('salvage', told);
  const file = join(out, 'salvage.jsonl');
  return { file, found: parseSalvage(readFileSync(file, 'utf8'), file) };
}

/** Which of these keys hold what was written. */
async function kept(place: StreamPlace, written: ReadonlyMap<string, string>) {
  const wire = new Wire(place);
  await wire.logIn();
  const keys = [...written.keys()];
  const replies = await wire.askAll(keys.map((key) => ['GET', key]));
  wire.close();
  return new Set(keys.filter((key, index) => String(replies[index]) === written.get(key)));
}

type Break = (
  name: string,
  roles: { master: string; next: string; other: string },
) => Promise<void>;

/** How an old master comes to have writes that the new one lacks. It lives, in each. */
const BREAKS: Readonly<Record<string, Break>> = {
  'a split brain': async (name, { next, other }) => {
    await rrepl(['disconnect', next, '--name', name]);
    await rrepl(['disconnect', other, '--name', name]);
    await takeOver(name, next, other);
  },
  'a cut': async (name, { master, next, other }) => {
    await rrepl(['disconnect', master, '--name', name]);
    await takeOver(name, next, other);
  },
  'a hang': async (name, { master, next, other }) => {
    // Cut first, so that something is lost.
    await rrepl(['disconnect', master, '--name', name]);
    await sleep(50);
    await rrepl(['pause', master, '--name', name]);
    await takeOver(name, next, other);
  },
};

describe.each(Object.entries(BREAKS))('after %s', (_, breakIt) => {
  test(
    'exactly the acknowledged and lost writes are salvaged; applied, nothing is lost',
    async () => {
      const name = await up();
      for (let round = 0; round < amount(2, 20); round += 1) {
        const now = await roles(name);
        const places = await placesOf(name);
        const placeOf = (node: string) => places.find((it) => it.name === node) as StreamPlace;
        const writers = [0, 1].map((at) => new Writer(placeOf(now.master), `w${round}.${at}`));
        await Promise.all(writers.map((it) => it.until(500)));
        await breakIt(name, now);
        const { found, file } = await salvaged(name, now.master);
        // Refused by the fence, unless the node sleeps again.
        await Promise.race([Promise.all(writers.map((it) => it.ended)), sleep(500)]);
        const acknowledged = new Map(writers.flatMap((it) => [...it.acknowledged]));
        const before = await kept(placeOf(now.next), acknowledged);
        const lost = [...acknowledged.keys()].filter((key) => !before.has(key));
        expect(lost.length).toBeGreaterThan(0);
        expect(found).toMatchObject({ node: now.master, master: now.next, missingBytes: 0 });
        expect(found.lines.map((it) => String(it.keys[0])).sort()).toEqual(lost.sort());
        expect(found.lines.every(({ db, changed }) => db === 0 && changed === false)).toBe(true);

        await rrepl(['salvage', 'apply', file, '--name', name]);
        expect((await kept(placeOf(now.next), acknowledged)).size).toBe(acknowledged.size);
        const again = JSON.parse(await rrepl(['salvage', 'apply', file, '--name', name, '--json']));
        expect(again.results).toMatchObject({ same: lost.length, verified: 0, skipped: 0 });
        await rrepl(['heal', '--name', name]);
        for (const writer of writers) writer.close();
      }
    },
    amount(600_000, 3_600_000),
  );
});

describe('salvaged writes', () => {
  test('of every kind are put back once, and what was changed since is left', async () => {
    const { name, master, next } = await parted(
      `client SET n 5; client SET both 0; client RPUSH l a; client SADD s 1 2 3
      client SET gone 1; client -n 3 HSET h f 0; client SET x 1; client SET y 1`,
      `client INCR n; client INCRBYFLOAT f 1.5; client RPUSH l b c; client SPOP s 2
      client DEL gone; client -n 3 HSET h f 1; client XADD stream '*' k v
      client SET e 1 EX 1000; client EXPIRE x 2000; client SET both 1
      client SET 'a b' "$(printf 'bytes \\377')"
      printf 'MULTI\\nINCR t1\\nINCR t2\\nEXEC\\n' | client; client RENAME y z
      client EVAL "redis.call('ZADD', 'z1', 1, 'm'); redis.call('PUBLISH', 'c', 'm')" 0`,
      'client SET both 2; client INCR t2; client SET own 1',
    );
    const { file, found } = await salvaged(name, master);
    const about = (key: string) =>
      found.lines.filter((it) => it.keys.some((its) => `${its}` === key));
    expect(about('both').map(({ changed }) => changed)).toEqual([true]);
    expect(about('n').map(({ changed, db }) => [changed, db])).toEqual([[false, 0]]);
    expect(about('h')[0]?.db).toBe(3);

    const apply = (...more: string[]) => run(['salvage', 'apply', file, '--name', name, ...more]);
    const { stdout, exitCode } = await apply('--json');
    expectShape('salvage-apply', JSON.parse(stdout));
    const results = new Map(
      JSON.parse(stdout).keys.map((it: { key: string; result: string }) => [it.key, it.result]),
    );
    expect(exitCode).toBe(1);
    // What one transaction wrote stays together.
    for (const key of ['both', 't1', 't2'])
      expect([key, results.get(key)]).toEqual([key, 'skipped']);
    for (const key of ['n', 'f', 'l', 's', 'gone', 'h', 'stream', 'e', 'x', 'a b', 'y', 'z', 'z1'])
      expect([key, results.get(key)]).toEqual([key, 'verified']);
    const get = (...command: string[]) => redis(name, next, ...command);
    expect(await get('GET', 'n')).toBe('6');
    expect(await get('LRANGE', 'l', '0', '-1')).toBe('a\nb\nc');
    expect(await get('EXISTS', 'gone', 'y')).toBe('0');
    expect(await get('GET', 'both')).toBe('2');
    expect(Number(await get('TTL', 'x'))).toBeGreaterThan(1900);
    expect(JSON.parse((await apply('--json')).stdout).results).toMatchObject({ same: 13 });
    expect(await get('GET', 'n')).toBe('6');
    // What is there now is not lacking any more; a message never is.
    const again = (await salvaged(name, master)).found.lines;
    const left = again.map(({ keys, command }) => String(keys[0] ?? command));
    expect(left.sort()).toEqual(['PUBLISH', 'both', 't1', 't2']);
    await apply('--conflicts', 'overwrite');
    expect(await get('GET', 'both')).toBe('1');
    expect(await get('GET', 't2')).toBe('1');
  });

  test('for redis-cli --pipe are the same', async () => {
    const { name, master, next } = await parted(
      'client SET n 5',
      `client INCR n; client -n 2 SET k v; printf 'MULTI\\nSET a 1\\nSET b 1\\nEXEC\\n' | client`,
      'client SET own 1',
    );
    const { file } = await salvaged(name, master);
    const commands = readFileSync(file.replace('.jsonl', '.resp')).toString('base64');
    await shell(name, next, `echo ${commands} | base64 -d | client --pipe`);
    const values = await shell(name, next, 'client MGET n a b; client -n 2 GET k');
    expect(values.trim().split('\n')).toEqual(['6', '1', '1', 'v']);
  });

  test('that the backlog holds no more are said, in bytes', async () => {
    const { name, master } = await parted(
      'client CONFIG SET repl-backlog-size 20000',
      'for i in $(seq 100); do client SET "key:$i" "$(printf %01000d 1)" >/dev/null; done',
      'client SET own 1',
    );
    const [, first = 0] =
      /repl_backlog_first_byte_offset:(\d+)/.exec(
        await redis(name, master, 'INFO', 'replication'),
      ) ?? [];
    const { found } = await salvaged(name, master);
    expect(found.missingBytes).toBe(Number(first) - Number(found.cut) - 1);
    expect(found.missingBytes).toBeGreaterThan(70_000);
    const keys = found.lines.map((it) => Number(String(it.keys[0]).split(':')[1]));
    expect(keys).toEqual(Array.from(keys, (_, index) => 101 - keys.length + index));
    expect(keys.length).toBeGreaterThan(10);
  });

  test.each(['heal', 'unpause'])(
    'are saved by %s, before the former master is a replica',
    async (how) => {
      const { name, master } = await parted(
        'client SET n 5',
        'client INCR n; client SET both 1',
        'client SET both 2',
      );
      if (how === 'unpause') await rrepl(['pause', master, '--name', name]);
      const out = join(folder, `${name}-by-itself`);
      const about = how === 'unpause' ? [master] : [];
      const { stderr, exitCode } = await run([how, ...about, '--salvage', out, '--name', name]);
      expect(exitCode, stderr).toBe(0);
      const [made = ''] = readdirSync(out);
      expect(stderr).toContain(join(out, made));
      const file = join(out, made, 'salvage.jsonl');
      const { node, lines } = parseSalvage(readFileSync(file, 'utf8'), file);
      // Of two masters that live, heal chooses.
      const onOld = [
        ['INCR', false],
        ['SET', true],
      ];
      expect(lines.map(({ command, changed }) => [command, changed])).toEqual(
        node === master ? onOld : [['SET', true]],
      );
      expect(statSync(file).mode & 0o777).toBe(0o600);
      // The fence is gone again.
      expect(await redis(name, node, 'CONFIG', 'GET', 'min-replicas-to-write')).toMatch(/\n0$/);
      expect((await status(name)).nodes.find((it) => it.name === node)?.role).toBe('replica');
    },
  );

  test.each([
    ['a password', ['--password', 'auto']],
    ['an ACL user', ['--password', 'auto', '--user', 'app']],
    ['TLS', ['--password', 'auto', '--user', 'app', '--tls']],
  ])('are put back with %s', async (_, flags) => {
    const { name, master, next } = await parted(
      'client SET n 5; client SET both 0',
      'client INCR n; client SET both 1',
      'client SET both 2',
      flags,
    );
    const { file, found } = await salvaged(name, master);
    expect(found.lines.map(({ command }) => command)).toEqual(['INCR', 'SET']);
    await run(['salvage', 'apply', file, '--name', name]);
    expect(await redis(name, next, 'MGET', 'n', 'both')).toBe('6\n2');
  });

  test('that are large are put back, also by a server that would close on who reads slowly', async () => {
    const { name, master, next } = await parted(
      'client SET n 5; client CONFIG SET client-output-buffer-limit "slave 1048576 1048576 1"',
      `client EVAL "for i = 1, 20 do redis.call('SET', 'k' .. i, string.rep('x', 1000000)) end
        redis.call('SET', 'huge', string.rep('y', 20000000))" 0`,
      'client SET own 1',
    );
    const { file, found } = await salvaged(name, master);
    expect(found).toMatchObject({ writes: 21, missingBytes: 0 });
    expect(await redis(name, master, 'CONFIG', 'GET', 'client-output-buffer-limit')).toContain(
      'slave 1048576 1048576 1',
    );
    await rrepl(['salvage', 'apply', file, '--name', name]);
    expect(await redis(name, next, 'STRLEN', 'huge')).toBe('20000000');
  });

  test('that expire do so at their own time, and those that have expired are gone', async () => {
    const { name, master, next } = await parted(
      'client SET short 1; client SET long 1',
      'client PEXPIRE short 1500; client SET long 2 EX 1000; client SET new 1 PX 1500',
      'client SET own 1',
    );
    const { file } = await salvaged(name, master);
    while ((await redis(name, master, 'EXISTS', 'short', 'new')) !== '0') await sleep(50);
    await rrepl(['salvage', 'apply', file, '--name', name]);
    expect(await redis(name, next, 'EXISTS', 'short', 'new')).toBe('0');
    const [there, here] = await Promise.all(
      [master, next].map(async (node) => Number(await redis(name, node, 'PTTL', 'long'))),
    );
    expect(Math.abs(Number(there) - Number(here))).toBeLessThan(30_000);
    expect(here).toBeGreaterThan(500_000);
  });

  test('are not put over keys that are written while a person thinks about others', async () => {
    const { name, master, next } = await parted(
      'client SET both 0',
      'client SET both 1; client SET late 1',
      'client SET both 2',
    );
    const { found } = await salvaged(name, master);
    const [place] = (await placesOf(name)).filter((it) => it.name === next);
    const outcomes: Outcome[] = [];
    await applySalvage(
      {
        salvage: found,
        master: place as StreamPlace,
        onConflict: async (group) => {
          // The stream is closed meanwhile, as a server does with who acknowledges nothing.
          if (String(group.keys[0]?.key) === 'both')
            await shell(name, next, 'client CLIENT KILL TYPE replica; client SET late 2');
          return 'skip';
        },
        onOutcome: (outcome) => outcomes.push(outcome),
      },
      { deadlineMs: 30_000, signal: new AbortController().signal },
    );
    expect(outcomes.map(({ key, result }) => [key, result])).toEqual([
      ['both', 'skipped'],
      ['late', 'skipped'],
    ]);
    expect(await redis(name, next, 'MGET', 'both', 'late')).toBe('2\n2');
  });

  test.runIf(IMAGE.includes(':6.'))(
    'of scripts that replicate themselves are the keys that they declare',
    async () => {
      const { name, master, next } = await parted(
        'client CONFIG SET lua-replicate-commands no || exit 1; client SET a 0',
        `client EVAL "redis.call('SET', KEYS[1], 1); redis.call('SET', 'hidden', 1)" 1 a`,
        'client SET own 1',
        ['--set', 'lua-replicate-commands=no'],
      );
      const { file, found } = await salvaged(name, master);
      expect(found.lines.map(({ command }) => command)).toEqual(['EVAL']);
      const { stdout, exitCode } = await run(['salvage', 'apply', file, '--name', name]);
      expect(exitCode).toBe(1);
      expect(stdout).toContain('may have written keys that it does not name');
      expect(await redis(name, next, 'GET', 'a')).toBe('1');
    },
  );

  test('there are none where nothing tells what is lost', async () => {
    const name = await up();
    const { master, next } = await roles(name);
    const refusal = async (node: string) =>
      (await run(['salvage', node, '--out', folder, '--name', name])).stderr;
    expect(await refusal(master)).toContain(`has no master beside ${master}`);
    expect(await refusal(next)).toContain('it is a replica, and has what its master has');
  });
});
