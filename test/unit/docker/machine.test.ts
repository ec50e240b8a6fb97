import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisMachine } from '../../../src/docker/machine.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtest-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('reads what is there and says so of what is not', async () => {
  await writeFile(join(folder, 'a'), 'text');
  expect(await thisMachine.readText(join(folder, 'a'))).toBe('text');
  expect(await thisMachine.readText(join(folder, 'b'))).toBeNull();
  expect(await thisMachine.readText(join(folder, 'a', 'b'))).toBeNull();
  expect(await thisMachine.list(folder)).toEqual(['a']);
  expect(await thisMachine.list(join(folder, 'b'))).toEqual([]);
});

test('knocks at sockets', async () => {
  const socket = join(folder, 'engine.sock');
  expect(await thisMachine.knock(socket)).toBe('absent');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  expect(await thisMachine.knock(socket)).toBe('accepts');
  await new Promise((resolve) => server.close(resolve));
  await writeFile(socket, '');
  expect(await thisMachine.knock(socket)).toBe('refused');
});
