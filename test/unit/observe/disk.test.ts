import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { InvalidError } from '../../../src/errors.js';
import {
  type DataFiles,
  filesOfContainer,
  filesOfFolder,
  readDisk,
} from '../../../src/observe/disk.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { foreignSpec } from '../../support/topologies.js';

/** An RDB of redis 7.0.15 without data, as bytes that are characters. */
const RDB = Buffer.from(
  '524544495330303130fa0972656469732d76657206372e302e3135fa08616f662d62617365c001ff22c0dd81b4820808',
  'hex',
).toString('latin1');
const HEADER = {
  format: 10,
  writer: { product: 'redis', version: '7.0.15' },
  createdMs: null,
  origin: null,
  keys: 0,
};
const COMMANDS = '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n';
const MANIFEST =
  'file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n';
const WITH_AOF = {
  'appendonlydir/appendonly.aof.manifest': MANIFEST,
  'appendonlydir/appendonly.aof.1.base.rdb': RDB,
  'appendonlydir/appendonly.aof.1.incr.aof': COMMANDS,
};
const AOF = {
  path: 'appendonlydir',
  files: ['appendonlydir/appendonly.aof.1.base.rdb', 'appendonlydir/appendonly.aof.1.incr.aof'],
  bytes: RDB.length + COMMANDS.length,
  modifiedMs: 3000,
  format: 10,
  writer: { product: 'redis', version: '7.0.15' },
  beganEmpty: true,
};

type Files = Readonly<Record<string, string>>;

function inContainer(files: Files): DataFiles {
  const runtime = new FakeRuntime();
  const data = { labels: {}, createdMs: 0, files: new Map() };
  runtime.volumes.set('data', data);
  const mounts = [{ kind: 'volume', source: 'data', target: '/data' }] as const;
  runtime.add({ ...foreignSpec('node'), mounts }, 'exited');
  for (const [path, text] of Object.entries(files))
    runtime.put('node', `/data/${path}`, text, 3000);
  return filesOfContainer(runtime, 'node');
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rrepl-disk-'));
  folders.push(folder);
  return folder;
}

function inFolder(files: Files): DataFiles {
  const folder = newFolder();
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, 'latin1');
    utimesSync(place, 3, 3);
  }
  return filesOfFolder(folder);
}

const nothing = { rdb: null, aof: null, strange: null };

describe.each([
  ['a container', inContainer],
  ['a folder', inFolder],
])('what lies in %s', (_, files) => {
  const read = (lies: Files, config: string | null = null) => readDisk(files(lies), config);

  it('is nothing', async () => {
    expect(await read({})).toEqual(nothing);
    expect(await read({ 'temp-1.rdb': RDB, 'notes.txt': 'x' })).toEqual(nothing);
  });

  it('is an RDB', async () => {
    const rdb = { path: 'dump.rdb', bytes: RDB.length, modifiedMs: 3000, ...HEADER };
    expect(await read({ 'dump.rdb': RDB })).toEqual({ ...nothing, rdb });
  });

  it('is an AOF in a folder', async () => {
    expect(await read(WITH_AOF)).toEqual({ ...nothing, aof: AOF });
  });

  it('is an AOF of one file, of commands, or behind an RDB, or empty', async () => {
    const aof = { path: 'appendonly.aof', files: ['appendonly.aof'], modifiedMs: 3000 };
    const plain = { ...aof, format: null, writer: null, beganEmpty: true };
    const of = async (text: string) => (await read({ 'appendonly.aof': text })).aof;
    expect(await of(COMMANDS)).toEqual({ ...plain, bytes: COMMANDS.length });
    expect(await of('')).toEqual({ ...plain, bytes: 0 });
    expect(await of(`#TS:1795673851\r\n${COMMANDS}`)).toMatchObject(plain);
    expect(await of(RDB + COMMANDS)).toMatchObject({
      ...aof,
      format: 10,
      beganEmpty: false,
    });
  });

  it('is both: of two AOFs the folder counts, unless its manifest names nothing', async () => {
    const both = { ...WITH_AOF, 'dump.rdb': RDB, 'appendonly.aof': COMMANDS };
    expect(await read(both)).toMatchObject({ aof: AOF, rdb: HEADER, strange: null });
    const empty = { 'appendonlydir/appendonly.aof.manifest': '', 'appendonly.aof': COMMANDS };
    expect((await read(empty)).aof?.path).toBe('appendonly.aof');
  });

  it('is called as redis.conf says', async () => {
    const config = 'dbfilename other.rdb\nappendfilename x.aof\nappenddirname x\n';
    const lies = {
      'other.rdb': RDB,
      'x/x.aof.manifest': 'file x.aof.1.incr.aof seq 1 type i\n',
      'x/x.aof.1.incr.aof': COMMANDS,
    };
    const found = await read(lies, config);
    expect(found.rdb?.path).toBe('other.rdb');
    expect(found.aof?.files).toEqual(['x/x.aof.1.incr.aof']);
    expect(await read(lies)).toEqual(nothing);
  });

  it.each<[string, Files, string]>([
    ['other than an RDB', { 'dump.rdb': 'hello' }, 'dump.rdb (5 bytes) is no RDB file'],
    ['an RDB without a byte', { 'dump.rdb': '' }, 'dump.rdb (0 bytes) is no RDB file'],
    ['a folder', { 'dump.rdb/x': '' }, 'dump.rdb is a folder'],
    ['other than an AOF', { 'appendonly.aof': 'hello' }, 'appendonly.aof is no AOF'],
    ['a folder for an AOF', { 'appendonly.aof/x': '' }, 'appendonly.aof is a folder'],
    [
      'other than a manifest',
      { 'appendonlydir/appendonly.aof.manifest': 'hello' },
      'appendonlydir/appendonly.aof.manifest is no manifest of an AOF',
    ],
    [
      'an AOF without one of its files',
      {
        'appendonlydir/appendonly.aof.manifest': MANIFEST,
        'appendonlydir/appendonly.aof.1.base.rdb': RDB,
      },
      'appendonlydir/appendonly.aof.1.incr.aof, which the manifest of the AOF names, is missing',
    ],
  ])('is %s: strange', async (_, lies, strange) => {
    expect(await read(lies)).toEqual({ ...nothing, strange });
  });

  it('is strange twice', async () => {
    const { strange } = await read({ 'dump.rdb': 'x', 'appendonly.aof': 'x' });
    expect(strange).toBe('dump.rdb (1 bytes) is no RDB file; appendonly.aof is no AOF');
  });

  it('has a beginning and an end', async () => {
    const it = files({ 'appendonly.aof': '0123456789' });
    const text = async (part: Promise<Buffer | null>) => (await part)?.toString();
    expect(await text(it.head('appendonly.aof', 3))).toBe('012');
    expect(await text(it.tail('appendonly.aof', 3))).toBe('789');
    expect(await text(it.tail('appendonly.aof', 30))).toBe('0123456789');
    expect(await it.tail('none', 3)).toBeNull();
    expect(await it.head('appendonly.aof/none', 3)).toBeNull();
  });
});

describe('a folder of this host', () => {
  it('may be reached over links', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'real.rdb'), RDB, 'latin1');
    symlinkSync('real.rdb', join(folder, 'dump.rdb'));
    const link = join(newFolder(), 'link');
    symlinkSync(folder, link);
    expect((await readDisk(filesOfFolder(link), null)).rdb?.bytes).toBe(RDB.length);
  });

  it('may not be there', async () => {
    expect(await readDisk(filesOfFolder('/no/such/folder'), null)).toEqual(nothing);
  });

  it('is named if it may not be read', async () => {
    const folder = newFolder();
    symlinkSync('dump.rdb', join(folder, 'dump.rdb'));
    const reading = readDisk(filesOfFolder(folder), null);
    await expect(reading).rejects.toThrow(InvalidError);
    await expect(reading).rejects.toThrow(`cannot read ${join(folder, 'dump.rdb')}, where`);
  });

  it.skipIf(process.getuid?.() === 0)('is named if it is another user’s', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'appendonlydir'));
    chmodSync(join(folder, 'appendonlydir'), 0);
    await expect(readDisk(filesOfFolder(folder), null)).rejects.toThrow('permission denied');
  });

  it('is not waited for where a file is none that ends', async () => {
    const folder = newFolder();
    symlinkSync('/dev/zero', join(folder, 'dump.rdb'));
    await expect(readDisk(filesOfFolder(folder), null)).rejects.toThrow(
      'neither a file nor a folder',
    );
  });
});
