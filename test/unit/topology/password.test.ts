import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPasswordSource, readPassword } from '../../../src/topology/password.js';

const TYPED = 'hunter2';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rrepl-password-'));
  writeFileSync(join(folder, 'secret'), `${TYPED}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface World {
  readonly env?: Record<string, string>;
  readonly typed?: string;
  readonly isTTY?: boolean;
}

async function read(said: string | undefined, { env = {}, typed = '', isTTY = false }: World = {}) {
  const stdin = Object.assign(Readable.from([typed]), { isTTY });
  const { password, problems } = await readPassword({
    place: { source: 'password', input: 'password' },
    said,
    folder,
    env,
    stdin,
  });
  if (problems.length > 0) return `refused: ${problems[0]?.message}`;
  return password instanceof Object ? password.reveal() : password;
}

describe('a password comes from', () => {
  it('nowhere, if nothing is said', async () => expect(await read(undefined)).toBeUndefined());
  it('rrepl itself', async () => expect(await read('auto')).toBe('auto'));
  it('a variable', async () => {
    expect(await read('env:REDIS_PASSWORD', { env: { REDIS_PASSWORD: TYPED } })).toBe(TYPED);
  });
  it('a file, without its last line end', async () =>
    expect(await read('file:secret')).toBe(TYPED));
  it('standard input', async () => expect(await read('-', { typed: `${TYPED}\r\n` })).toBe(TYPED));
});

describe('refused is', () => {
  it.each([
    ['the password itself', TYPED, {}, /can't be the password itself.*env:NAME or file:PATH/],
    ['a missing variable', 'env:NOPE', {}, /the variable NOPE holds no password/],
    ['a missing file', 'file:nope', {}, /no such file/],
    ['an empty input', '-', {}, /standard input holds no password/],
    ['a terminal, which would show it', '-', { isTTY: true }, /pipe/],
    ['one with a quote', 'env:P', { env: { P: `${TYPED}"` } }, /can't hold .*quotes/],
    ['one of two lines', '-', { typed: `${TYPED}\n${TYPED}` }, /can't hold/],
    ['one that is too long', '-', { typed: TYPED.repeat(100) }, /too long/],
  ])('%s, and never shown', async (_, said, world, words) => {
    const answer = await read(said, world);
    expect(answer).toMatch(words);
    expect(answer).not.toContain(TYPED);
  });
});

it('rrepl.yaml names no standard input, and holds no password', () => {
  for (const source of ['auto', 'env:X', 'file:./x']) expect(isPasswordSource(source)).toBe(true);
  for (const other of ['-', TYPED, 'env:', 12345, null])
    expect(isPasswordSource(other)).toBe(false);
});
