import { describe, expect, it } from 'vitest';
import { noteText } from '../../../src/cli/hints/index.js';
import {
  confBytes,
  defaultBacklog,
  inSafeOrder,
  memoryProblem,
  memoryWarnings,
  withoutDefaultBacklog,
} from '../../../src/config/memory.js';
import type { Note } from '../../../src/errors.js';

const MB = 2 ** 20;

it.each([
  ['50mb', 50 * MB],
  ['50MB', 50 * MB],
  ['50m', 50_000_000],
  ['52428800', 50 * MB],
  ['52428800b', 50 * MB],
  ['1k', 1000],
  ['1kb', 1024],
  ['1g', 1e9],
  ['1gb', 2 ** 30],
  ['0', 0],
  ['', null],
  ['50%', null],
  ['lots', null],
  ['-1', null],
  ['1.5gb', null],
])('%j is a size as Redis reads it', (text, bytes) => {
  expect(confBytes(text)).toBe(bytes);
});

it.each([
  ['', null, '64mb'],
  ['maxmemory 0', null, '64mb'],
  ['maxmemory 1gb', null, '64mb'],
  ['maxmemory 256mb', null, '64mb'],
  ['maxmemory 50mb', null, '12mb'],
  ['maxmemory 52428800', null, '12mb'],
  ['maxmemory 2mb', null, '1mb'],
  ['', 100 * MB, '12mb'],
  ['', 512 * MB, '64mb'],
  ['maxmemory 50mb', 100 * MB, '12mb'],
  ['maxmemory 40mb', 1024 * MB, '10mb'],
  ['maxmemory 1gb', 100 * MB, '12mb'],
  ['maxmemory 50mb\nmaxmemory 0', null, '64mb'],
])('the backlog leaves room for data: %j in %j bytes', (conf, memory, size) => {
  expect(defaultBacklog(conf, memory)).toBe(size);
});

describe('what was asked for before', () => {
  const asked = (...lines: [string, string][]) =>
    lines.map(([name, value]) => ({ name, args: [value] }));
  const names = (directives: ReturnType<typeof asked>, memory: number | null) =>
    withoutDefaultBacklog(directives, memory).map(({ name }) => name);

  it.each([
    ['the default', asked(['repl-backlog-size', '64mb']), null],
    [
      'the default of that maxmemory',
      asked(['repl-backlog-size', '12mb'], ['maxmemory', '50mb']),
      null,
    ],
    ['the default of that container', asked(['repl-backlog-size', '12mb']), 100 * MB],
  ])('without its backlog: %s', (_, directives, memory) => {
    expect(names(directives, memory)).not.toContain('repl-backlog-size');
  });

  it.each([
    ['another size', asked(['repl-backlog-size', '12mb']), null],
    ['smaller', asked(['repl-backlog-size', '2mb'], ['maxmemory', '50mb']), null],
  ])('with its backlog: %s', (_, directives, memory) => {
    expect(withoutDefaultBacklog(directives, memory)).toEqual(directives);
  });
});

const told = (note: Note | null): string => (note === null ? '' : noteText(note));

describe('what can not work', () => {
  it.each([
    [
      'repl-backlog-size 64mb\nmaxmemory 50mb',
      null,
      /64mb counts .*50\.0 MB.*`--set repl-backlog-size=12mb`/,
    ],
    ['repl-backlog-size 49mb\nmaxmemory 50mb', null, /49mb counts towards/],
    ['repl-backlog-size 67108864\nmaxmemory 50m', null, /`--set repl-backlog-size=11mb`/],
    ['repl-backlog-size 100mb', 100 * MB, /all of the 100\.0 MB .*`--set repl-backlog-size=12mb`/],
  ])('%j in %j bytes', (conf, memory, message) => {
    expect(told(memoryProblem(conf, memory))).toMatch(message);
    expect(memoryWarnings(conf, memory).map(told)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['maxmemory 0\nrepl-backlog-size 64mb', null],
    ['maxmemory 50mb\nrepl-backlog-size 12mb', 100 * MB],
    ['maxmemory lots\nrepl-backlog-size 64mb', null],
    ['maxmemory 3mb\nrepl-backlog-size 1mb', null],
  ])('not %j', (conf, memory) => {
    expect(memoryProblem(conf, memory)).toBeNull();
    expect(memoryWarnings(conf, memory)).toEqual([]);
  });
});

describe('what leaves little room', () => {
  it.each([
    ['repl-backlog-size 1mb\nmaxmemory 2mb', null, /2\.0 MB is taken .* 1\.0 MB: every write/],
    [
      'repl-backlog-size 64mb\nmaxmemory 100mb',
      null,
      /takes? 64\.0 MB of maxmemory 100\.0 MB and leave 36\.0 MB .*`--set repl-backlog-size=25mb`/,
    ],
    ['repl-backlog-size 12mb', 100 * MB, /no maxmemory: .*`--set maxmemory=50mb` leaves/],
    [
      'repl-backlog-size 64mb',
      100 * MB,
      /no maxmemory: .*`--set maxmemory=50mb --set repl-backlog-size=12mb`/,
    ],
    [
      'repl-backlog-size 12mb\nmaxmemory 200mb',
      100 * MB,
      /200\.0 MB of memory 100\.0 MB: .*killed/,
    ],
  ])('%j in %j bytes', (conf, memory, message) => {
    expect(memoryWarnings(conf, memory).map(told)).toEqual([expect.stringMatching(message)]);
  });
});

it('what leaves room is set first', () => {
  const change = (name: string, from: string, to: string) => ({ name, from, to });
  const order = (...changes: ReturnType<typeof change>[]) =>
    inSafeOrder(changes).map(({ name }) => name);
  expect(
    order(change('maxmemory', '1gb', '50mb'), change('repl-backlog-size', '64mb', '12mb')),
  ).toEqual(['repl-backlog-size', 'maxmemory']);
  expect(
    order(change('repl-backlog-size', '12mb', '64mb'), change('maxmemory', '50mb', '1gb')),
  ).toEqual(['maxmemory', 'repl-backlog-size']);
});
