import { expect, test } from 'vitest';
import { parseConf } from '../../../src/config/conf-file.js';
import {
  changedConf,
  changeText,
  configChanges,
  needsRestart,
} from '../../../src/config/config-change.js';

const directives = (text: string) => parseConf(text, 'test').lines.map((it) => it.directive);

const changes = (before: string, after: string) =>
  configChanges(directives(before), directives(after));

const texts = (before: string, after: string) => changes(before, after).map(changeText);

test('equal configurations differ in nothing, whatever the order and the names', () => {
  expect(texts('hz 10\nslave-priority 1', 'replica-priority 1\nhz 10')).toEqual([]);
});

test('what differs, is new or is gone', () => {
  expect(texts('hz 10\ntimeout 5', 'hz 20\nmaxmemory 1gb')).toEqual([
    'hz 10 -> 20',
    'timeout 5 -> (default)',
    'maxmemory (default) -> 1gb',
  ]);
});

test('all lines of a directive that repeats are one value, as CONFIG SET takes it', () => {
  expect(texts('save 3600 1\nsave 60 1000', 'save 3600 1')).toEqual([
    'save 3600 1 60 1000 -> 3600 1',
  ]);
  expect(texts('save 3600 1', 'save ""')).toEqual(['save 3600 1 -> ""']);
  expect(texts('hz 1\nhz 2', 'hz 2')).toEqual([]);
});

test.each([
  ['hz 10', 'hz 20', false],
  ['', 'maxmemory 1gb', false],
  ['maxmemory 1gb', '', true],
  ['databases 16', 'databases 32', true],
  ['', 'server_cpulist 0', true],
  ['', 'server-cpulist 0', true],
  ['', 'loadmodule /x.so', true],
])('from %j to %j needs a restart: %s', (before, after, restart) => {
  expect(changes(before, after).map(needsRestart)).toEqual([restart]);
});

test('a file gets the changed lines, under whatever name it had them, and keeps the rest', () => {
  const conf = '# ours\nslave-priority 1\nhz 10\ntimeout 5\nsave 60 1\nsave 1 1';
  const wished = directives('replica-priority 2\nhz 10\nsave 3600 1\nsave 30 5');
  const all = configChanges(directives(conf), wished);
  expect(changedConf(conf, all, wished)).toBe(
    '# ours\nhz 10\nreplica-priority 2\nsave 3600 1\nsave 30 5\n',
  );
});

test.each([
  'user default on nopass ~* +@all',
  'user default on nopass ~* &* +@all',
  'user default on nopass sanitize-payload ~* &* +@all',
])('the default user as a server writes it goes: %s', (line) => {
  expect(changedConf(`hz 10\n${line}\n`, [], [])).toBe('hz 10\n');
});

test('any other user stays', () => {
  const conf = 'user default on #0af ~* +@all\nuser ada on nopass ~* +@all\n';
  expect(changedConf(conf, [], [])).toBe(conf);
});
