import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { packFiles, rooted, unpackFile } from '../../../src/docker/archive.js';

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

test('entries are told from the folder above if that folder is one of them', () => {
  const [own, inside] = [file('.', null), file('redis.conf', 'x')];
  expect(rooted('/srv/conf', [inside])).toEqual({ path: '/srv/conf', entries: [inside] });
  expect(rooted('/srv/conf', [own, inside])).toEqual({
    path: '/srv',
    entries: [file('conf', null), file('conf/redis.conf', 'x')],
  });
});
