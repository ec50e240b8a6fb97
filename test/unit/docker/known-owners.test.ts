import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { ownersIn } from '../../../src/docker/known-owners.js';

const folder = mkdtempSync(join(tmpdir(), 'rrepl-owners-'));
const file = join(folder, 'cache', 'owners.json');
const REDIS = { uid: 999, gid: 1000 };
const ask = vi.fn(async () => REDIS);

beforeEach(() => {
  ask.mockClear();
  rmSync(join(folder, 'cache'), { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('an image is asked once, and every other image too', async () => {
  expect(await ownersIn(file).of('sha256:a', ask)).toEqual(REDIS);
  expect(await ownersIn(file).of('sha256:a', ask)).toEqual(REDIS);
  expect(ask).toHaveBeenCalledTimes(1);
  const others = { uid: 1, gid: 2 };
  expect(await ownersIn(file).of('sha256:b', async () => others)).toEqual(others);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ 'sha256:a': REDIS, 'sha256:b': others });
});

test.each(['', '[]', 'null', '{ "sha256:a": 7 }', '{ "sha256:a": { "uid": "root", "gid": 1 } }'])(
  'a file that holds %j is replaced',
  async (text) => {
    await ownersIn(file).of('sha256:b', ask);
    writeFileSync(file, text);
    expect(await ownersIn(file).of('sha256:a', ask)).toEqual(REDIS);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ 'sha256:a': REDIS });
  },
);

test('where nothing can be kept the image is asked each time', async () => {
  await ownersIn(file).of('sha256:a', ask);
  const nowhere = ownersIn(join(file, 'owners.json'));
  expect(await nowhere.of('sha256:a', ask)).toEqual(REDIS);
  expect(await nowhere.of('sha256:a', ask)).toEqual(REDIS);
  expect(ask).toHaveBeenCalledTimes(3);
});

test('what could not be read is not kept', async () => {
  const failing = () => Promise.reject(new Error('the engine is gone'));
  await expect(ownersIn(file).of('sha256:a', failing)).rejects.toThrow('the engine is gone');
  expect(await ownersIn(file).of('sha256:a', ask)).toEqual(REDIS);
});
