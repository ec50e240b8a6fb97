/** Salvaged writes are put back all together or not at all, once, and not over what a client wrote meanwhile. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { guardOf, MOST_WATCHED } from '../../src/failover/key-guard.js';
import type { KeyGroup } from '../../src/failover/salvage-groups.js';
import { askReplication } from '../../src/stream/attach.js';
import { NOTHING, readKeys } from '../../src/stream/key-state.js';
import { parseSalvage } from '../../src/stream/salvage-file.js';
import { type StreamPlace, Wire } from '../../src/stream/wire.js';
import { redis } from '../support/docker.js';
import { parted, placesOf, up } from '../support/parted.js';
import { removeTopologies, rrepl, run, start } from '../support/rrepl.js';

afterEach(removeTopologies);
const folder = mkdtempSync(join(tmpdir(), 'rrepl-salvage-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function salvaged(name: string, node: string): Promise<string> {
  const out = mkdtempSync(join(folder, 'out-'));
  await rrepl(['salvage', node, '--out', out, '--name', name]);
  return join(out, 'salvage.jsonl');
}

interface Told {
  readonly exitCode: number | null;
  readonly keys: readonly { key: string; result: string; why: string | null }[];
}

async function applied(name: string, file: string, ...more: string[]): Promise<Told> {
  const { stdout, exitCode } = await run([
    'salvage',
    'apply',
    file,
    '--name',
    name,
    '--json',
    ...more,
  ]);
  return { exitCode, keys: JSON.parse(stdout).keys };
}

const resultsOf = ({ keys }: Told) => new Set(keys.map(({ result }) => result));

describe('a transaction of 20,000 keys', () => {
  const KEYS = 20_000;
  const all = `client EVAL "for i = 1, ${KEYS} do redis.call('SET', 'k' .. i, i, 'PX', 3600000 + i) end
    redis.call('DEL', 'gone'); redis.call('SELECT', 3); redis.call('HSET', 'h', 'f', 1)" 0`;

  test('is put back as a whole', async () => {
    const { name, master, next } = await parted('client SET gone 1', all, 'client SET own 1');
    const file = await salvaged(name, master);
    const told = await applied(name, file);
    expect(told.exitCode).toBe(0);
    expect(told.keys).toHaveLength(KEYS + 2);
    expect(resultsOf(told)).toEqual(new Set(['verified']));
    expect(await redis(name, next, 'DBSIZE')).toBe(String(KEYS + 1));
    expect(await redis(name, next, '-n', '3', 'HGET', 'h', 'f')).toBe('1');
    expect(Number(await redis(name, next, 'PTTL', 'k9'))).toBeGreaterThan(1_000_000);
    expect(resultsOf(await applied(name, file))).toEqual(new Set(['same']));
  });

  test('is left as a whole where one key conflicts', async () => {
    const { name, master, next } = await parted('client SET gone 1', all, 'client SET k7 own');
    const told = await applied(name, await salvaged(name, master));
    expect(resultsOf(told)).toEqual(new Set(['skipped']));
    expect(await redis(name, next, 'MGET', 'k7', 'gone')).toBe('own\n1');
    expect(await redis(name, next, 'DBSIZE')).toBe('2');
  });
});

test.each([1, MOST_WATCHED + 1])(
  'what is written between the look and the change stays (a group of %i)',
  async (size) => {
    const name = await up();
    const [place] = await placesOf(name);
    const wire = new Wire(place as StreamPlace);
    await wire.logIn();
    await wire.ask('SET', 'shape', 'salvaged', 'PX', '5000000');
    const [state = NOTHING] = await readKeys(wire, 0, [Buffer.from('shape')]);
    const keys = Array.from({ length: size }, (_, at) => ({
      db: 0,
      key: Buffer.from(`k${at}`),
      state,
    }));
    const group: KeyGroup = { keys, writes: [] };
    const guard = guardOf(wire, [group]);
    const write = (...words: string[]) => redis(name, place?.name ?? '', ...words);

    await guard.look([group]);
    await write('SET', 'k0', 'theirs');
    expect(await guard.change([group])).toBeNull();
    expect(await write('KEYS', 'k*')).toBe('k0');
    expect(await write('GET', 'k0')).toBe('theirs');

    await guard.look([group]);
    await write('PEXPIRE', 'k0', '100000');
    expect(await guard.change([group])).toBeNull();

    // What it held already: watched, that is seen as well; a script tells up to where it may be.
    await guard.look([group]);
    await write('SET', 'k0', 'theirs', 'PX', '100000');
    const { offset } = await askReplication(wire);
    const changed = await guard.change([group]);
    if (size > MOST_WATCHED) expect(changed?.before).toBeGreaterThanOrEqual(offset);
    else expect(changed).toBeNull();

    await guard.look([group]);
    expect((await guard.change([group]))?.refusals.size).toBe(0);
    expect(await write('GET', 'k0')).toBe('salvaged');
    expect(Number(await write('PTTL', `k${size - 1}`))).toBeGreaterThan(4_000_000);
    expect(await write('DBSIZE')).toBe(String(size + 1));
    wire.close();
  },
);

test('put back by an rrepl that was killed, and again: nothing twice, nothing lost', async () => {
  const { name, master, next } = await parted(
    'for i in $(seq 3000); do echo SET n$i 5; echo RPUSH l$i a; done | client --pipe >/dev/null',
    'for i in $(seq 3000); do echo INCR n$i; echo RPUSH l$i b; done | client --pipe >/dev/null',
    'client SET own 1',
  );
  const file = await salvaged(name, master);
  const first = start(['salvage', 'apply', file, '--name', name]);
  first.child.stdout?.once('data', () => first.child.kill('SIGKILL'));
  expect((await first.ended).exitCode).toBeNull();
  const told = await applied(name, file);
  expect(told.exitCode).toBe(0);
  // Killed in the middle: some were there, some were not.
  expect(resultsOf(told)).toEqual(new Set(['same', 'verified']));
  const sums = `local n, l = 0, 0
    for i = 1, 3000 do n = n + redis.call('GET', 'n' .. i); l = l + redis.call('LLEN', 'l' .. i) end
    return { n, l }`;
  expect(await redis(name, next, 'EVAL', sums, '0')).toBe('18000\n6000');
});

test('what a newer server wrote is refused by name, and nothing of its transaction is put back', async () => {
  const { name, master, next } = await parted(
    'client SET gone 1',
    `printf 'MULTI\nSET a 1\nDEL gone\nEXEC\n' | client`,
    'client SET own 1',
  );
  const file = await salvaged(name, master);
  const newer = (dump: string) => {
    const bytes = Buffer.from(dump, 'base64');
    bytes.writeUInt16LE(bytes.readUInt16LE(bytes.length - 10) + 1, bytes.length - 10);
    return bytes.toString('base64');
  };
  const text = readFileSync(file, 'utf8');
  const planted = text.replace(/"dump":"([^"]+)"/, (_, dump) => `"dump":"${newer(dump)}"`);
  expect(parseSalvage(planted, file).writes).toBe(2);
  writeFileSync(file, planted);
  const { exitCode, keys } = await applied(name, file);
  expect(exitCode).toBe(1);
  for (const { result, why } of keys)
    expect([result, why]).toEqual(['failed', expect.stringContaining('its server is older')]);
  expect(await redis(name, next, 'MGET', 'a', 'gone')).toBe('\n1');
});
