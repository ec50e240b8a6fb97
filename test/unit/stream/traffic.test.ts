import { expect, test } from 'vitest';
import { Changes } from '../../../src/stream/changes.js';
import { StreamDecoder } from '../../../src/stream/decoder.js';
import { globMatcher } from '../../../src/stream/glob.js';
import { Traffic } from '../../../src/stream/traffic.js';
import { encodeCommand } from '../../../src/stream/wire.js';

const decode = (...lines: string[]) =>
  new StreamDecoder(1).push(Buffer.concat(lines.map((line) => encodeCommand(line.split(' ')))));

test.each([
  ['user:*', 'user:1', true],
  ['user:*', 'xuser:1', false],
  ['u?er', 'user', true],
  ['u[st]er', 'uter', true],
  ['u[^st]er', 'user', false],
  ['u[a-c]', 'ub', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['a.b', 'axb', false],
  ['[', '[', true],
  ['[^]]', '^]', true],
  ['*', 'a\nb', true],
  ['a(b', 'a(b', true],
])('%s on %j: %s', (pattern, key, matches) => {
  expect(globMatcher(pattern)(key)).toBe(matches);
});

test('traffic is told by command and by prefix, the most bytes first', () => {
  const traffic = new Traffic();
  traffic.add(decode('SET user:1 x', 'SET user:2 x', 'INCR n', 'PUBLISH c m'));
  const { commands, prefixes, writes } = traffic.report(2, 200);
  expect(writes).toBe(4);
  expect(commands.map((it) => [it.name, it.writes])).toEqual([
    ['SET', 2],
    ['PUBLISH', 1],
    ['INCR', 1],
  ]);
  expect(commands[0]).toMatchObject({ bytes: 64, bytesPerSecond: 32, share: 0.32 });
  expect(prefixes.map((it) => it.name)).toEqual(['user:', '-', 'n']);
});

test('what sentinels say to each other is no write, what others publish is', () => {
  const writes = decode('SET a 1', 'PUBLISH __sentinel__:hello m', 'PUBLISH c m');
  expect(writes.map(({ command, args }) => `${command} ${args[0]}`)).toEqual([
    'SET a',
    'PUBLISH c',
  ]);
});

test('its memory does not grow with keys that have no prefix', () => {
  const traffic = new Traffic();
  for (let at = 0; at < 10_005; at += 1) traffic.add(decode(`SET k${at} x`));
  expect(traffic.report(1, 1).otherPrefixes).toBe(5);
});

test('changes are known by database and key, and of all keys', () => {
  const changes = new Changes();
  changes.add(decode('SELECT 0', 'SET a 1', 'SELECT 1', 'RENAME b c'));
  const of = (db: number, key: string) => changes.of(db, Buffer.from(key))?.command ?? null;
  expect([of(0, 'a'), of(1, 'a'), of(1, 'b'), of(1, 'c')]).toEqual([
    'SET',
    null,
    'RENAME',
    'RENAME',
  ]);
  changes.add(decode('FLUSHALL'));
  expect(of(1, 'a')).toBe('FLUSHALL');
});
