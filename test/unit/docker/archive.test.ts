import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  packFiles,
  rooted,
  unpackFile,
  unpackFolder,
  unpackPart,
} from '../../../src/docker/archive.js';
import { parsePathStat } from '../../../src/docker/path-stat.js';

const file = (path: string, content: string | null) => ({
  path,
  content,
  mode: 0o640,
  uid: 999,
  gid: 998,
});

const unpack = async (...files: ReturnType<typeof file>[]) =>
  unpackFile(Readable.from([await packFiles(files)]));

test('a file goes in and comes out', async () => {
  expect(await unpack(file('redis.conf', 'port 6379\n# Größe\n'))).toBe('port 6379\n# Größe\n');
  expect(await unpack(file('empty', ''))).toBe('');
});

test('a folder, even one with files, and an empty archive hold no text', async () => {
  expect(await unpack(file('.', null), file('redis.conf', 'x'))).toBeNull();
  expect(await unpack()).toBeNull();
});

test('a folder has its files by their names, and nothing of the folders in it', async () => {
  const [own, inner] = [file('.', null), file('./more', null)];
  const archive = await packFiles([
    own,
    file('./a', '1'),
    inner,
    file('./more/b', '2'),
    file('c', ''),
  ]);
  expect([...(await unpackFolder(Readable.from([archive])))]).toEqual([
    ['a', '1'],
    ['c', ''],
  ]);
});

test('entries are told from the folder above if that folder is one of them', () => {
  const [own, inside] = [file('.', null), file('redis.conf', 'x')];
  expect(rooted('/srv/conf', [inside])).toEqual({ path: '/srv/conf', entries: [inside] });
  expect(rooted('/srv/conf', [own, inside])).toEqual({
    path: '/srv',
    entries: [file('conf', null), file('conf/redis.conf', 'x')],
  });
});

describe('parts of a file', () => {
  const content = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join('');
  /** As a socket hands it on. */
  const inPieces = async (archive: Promise<Buffer>, size = 1000) => {
    const whole = await archive;
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
      whole.subarray(index * size, (index + 1) * size),
    );
    return Readable.from(pieces);
  };
  const part = async (bytes: number, end: 'head' | 'tail', text: string | null = content) =>
    unpackPart(await inPieces(packFiles([file('dump.rdb', text)])), bytes, end);

  test.each([0, 1, 999, 1000, 4096, content.length, content.length + 1])(
    'of %i bytes',
    async (bytes) => {
      const [head, tail] = [await part(bytes, 'head'), await part(bytes, 'tail')];
      expect(head?.toString()).toBe(content.slice(0, bytes));
      expect(tail?.toString()).toBe(content.slice(Math.max(0, content.length - bytes)));
    },
  );

  test('an empty file has no bytes, a folder no file', async () => {
    expect(await part(10, 'head', '')).toEqual(Buffer.alloc(0));
    expect(await part(10, 'tail', '')).toEqual(Buffer.alloc(0));
    expect(await part(10, 'head', null)).toBeNull();
  });

  test('the beginning asks for no more than it needs', async () => {
    const archive = await inPieces(packFiles([file('dump.rdb', content)]));
    await unpackPart(archive, 10, 'head');
    expect(archive.destroyed).toBe(true);
    expect(archive.readableEnded).toBe(false);
  });

  test('an archive that is cut short, or breaks, is an error', async () => {
    const packed = await packFiles([file('dump.rdb', content)]);
    const cut = Readable.from([packed.subarray(0, 2000)]);
    await expect(unpackPart(cut, 10, 'tail')).rejects.toThrow('Unexpected end of data');
    const breaks = Readable.from(
      (async function* () {
        yield packed.subarray(0, 2000);
        throw new Error('hung up');
      })(),
    );
    await expect(unpackPart(breaks, 10, 'tail')).rejects.toThrow('hung up');
  });
});

test('what the engine says of a path', () => {
  const said = (stat: object) => Buffer.from(JSON.stringify(stat)).toString('base64');
  const mtime = '2026-11-26T06:17:57.123456789Z';
  const modifiedMs = Date.UTC(2026, 10, 26, 6, 17, 57, 123);
  expect(parsePathStat(said({ size: 103, mode: 0o600, mtime, linkTarget: '' }))).toEqual({
    stat: { bytes: 103, modifiedMs, isFolder: false },
    linkTarget: null,
  });
  const folder = { size: 4096, mode: 2 ** 31 + 0o755, mtime, linkTarget: '' };
  expect(parsePathStat(said(folder))).toMatchObject({ stat: { isFolder: true }, linkTarget: null });
  const link = { size: 8, mode: 2 ** 27 + 0o777, mtime, linkTarget: '/data/dump.rdb' };
  expect(parsePathStat(said(link)).linkTarget).toBe('/data/dump.rdb');
});
