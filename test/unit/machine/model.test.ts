import { describe, expect, test } from 'vitest';
import {
  afterLook,
  type Doer,
  demanding,
  isSteady,
  keysOf,
  type Look,
  lostWhileLiving,
  type Model,
  mastersIn,
  missingAtRest,
  NEW_MODEL,
  type NodeLook,
  onlyOn,
  type ServerLook,
  withoutCopy,
} from '../../support/machine/model.js';

const server = (keys: readonly string[], more: Partial<ServerLook> = {}): ServerLook => ({
  role: 'master',
  upstream: null,
  linkUp: true,
  loads: 'rdb',
  savesOnExit: true,
  saved: false,
  ...more,
  keys: new Set(keys),
});

const runs = (keys: readonly string[], more: Partial<ServerLook> = {}): NodeLook => ({
  state: 'running',
  exitCode: 0,
  networks: ['control', 'replication'],
  hasDisk: true,
  server: server(keys, more),
});

const ended = (state: 'stopped' | 'absent', more: Partial<NodeLook> = {}): NodeLook => ({
  ...runs([]),
  state,
  server: null,
  ...more,
});

const look = (nodes: Readonly<Record<string, NodeLook>>): Look => new Map(Object.entries(nodes));

const played = (...looks: readonly (readonly [Doer, Look])[]): Model =>
  looks.reduce((model, [doer, seen]) => afterLook(model, seen, doer), NEW_MODEL);

/** What one node still has after it has ended like this. */
const kept = (before: NodeLook, after: NodeLook, doer: Doer = 'others') =>
  [...keysOf(played(['rrepl', look({ a: before })], [doer, look({ a: after })]), 'a')].sort();

describe('what a node that has ended still has', () => {
  test.each([
    ['a graceful stop saves', runs(['x']), ended('stopped'), ['x']],
    ['…not without save points', runs(['x'], { savesOnExit: false }), ended('stopped'), []],
    ['a kill saves nothing', runs(['x']), ended('stopped', { exitCode: 137 }), []],
    [
      'what was saved before survives it',
      runs(['x'], { saved: true }),
      ended('stopped', { exitCode: 137 }),
      ['x'],
    ],
    ['a container removed by force was killed', runs(['x']), ended('absent'), []],
    [
      'without its volume nothing is left',
      runs(['x'], { saved: true }),
      ended('absent', { hasDisk: false }),
      [],
    ],
    ['a paused one has all', runs(['x']), { ...runs([]), state: 'paused', server: null }, ['x']],
  ] as const)('%s', (_, before, after, expected) => {
    expect(kept(before, after)).toEqual(expected);
  });

  test('rrepl stops gracefully what it removes', () => {
    expect(kept(runs(['x']), ended('absent'), 'rrepl')).toEqual(['x']);
  });

  test('a file that is not loaded any more counts no longer', () => {
    const model = played(
      ['rrepl', look({ a: runs(['x'], { loads: 'aof', saved: true }) })],
      ['others', look({ a: runs(['x'], { loads: 'rdb' }) })],
      ['others', look({ a: ended('stopped', { exitCode: 137 }) })],
    );
    expect([...keysOf(model, 'a')]).toEqual([]);
  });

  test('a file that a server has emptied in memory is in doubt', () => {
    const model = played(
      ['rrepl', look({ a: runs(['x'], { saved: true }) })],
      ['others', look({ a: runs([]) })],
    );
    expect([...keysOf(model, 'a')]).toEqual([]);
  });
});

describe('what must be found', () => {
  const whole = look({ a: runs(['x']), b: runs(['x'], { role: 'replica', upstream: 'a' }) });
  const model = demanding(played(['others', whole]), ['x']);

  test('nothing where all is well', () => {
    expect(withoutCopy(afterLook(model, whole, 'rrepl'))).toEqual([]);
    expect(missingAtRest(model, whole)).toEqual([]);
    expect(lostWhileLiving(model, whole, whole)).toEqual([]);
  });

  test('the last copy is gone', () => {
    const emptied = look({ a: runs([]), b: runs([], { role: 'replica', upstream: 'a' }) });
    expect(withoutCopy(afterLook(model, emptied, 'rrepl'))).toEqual(['x']);
    expect(lostWhileLiving(model, whole, emptied)).toEqual(['a: x', 'b: x']);
  });

  test('one node does not have it at rest, or does not answer', () => {
    expect(missingAtRest(model, look({ a: runs(['x']), b: runs([]) }))).toEqual(['x']);
    expect(missingAtRest(model, look({ a: runs(['x']), b: ended('stopped') }))).toEqual(['x']);
  });

  test('a copy on the disk of a stopped node is still one', () => {
    const stopped = look({ a: runs([]), b: ended('stopped') });
    expect(withoutCopy(afterLook(model, stopped, 'rrepl'))).toEqual([]);
    const overwritten = look({ a: runs([]), b: runs([]) });
    expect(
      withoutCopy(afterLook(afterLook(model, stopped, 'rrepl'), overwritten, 'rrepl')),
    ).toEqual(['x']);
  });

  test('a server that does not answer excuses nobody else, but rrepl is given time', () => {
    const silent = look({
      a: { ...runs([]), server: null },
      b: ended('absent', { hasDisk: false }),
    });
    expect(withoutCopy(afterLook(model, silent, 'rrepl'))).toEqual([]);
    expect(withoutCopy(afterLook(model, silent, 'others'))).toEqual(['x']);
  });

  test('what was set aside excuses only for what no replica showed', () => {
    const saved = look({ a: ended('stopped'), b: runs([]) });
    const onA = afterLook(model, saved, 'others');
    expect(onlyOn(['a'], onA, saved, ['x'])).toEqual(['x']);
    expect(onlyOn(['b'], onA, saved, ['x'])).toEqual([]);
    expect(onlyOn(['a', 'b'], model, whole, ['x'])).toEqual([]);
  });

  test('two masters', () => {
    expect(mastersIn(look({ a: runs([]), b: runs([]) }))).toEqual(['a', 'b']);
  });
});

describe('rest', () => {
  const replica = (linkUp: boolean) => runs([], { role: 'replica', upstream: 'a', linkUp });

  test.each([
    ['a link that comes up is waited for', { a: runs([]), b: replica(false) }, false],
    ['one that is up is not', { a: runs([]), b: replica(true) }, true],
    ['nor one whose upstream is down', { a: ended('stopped'), b: replica(false) }, true],
    [
      'nor one that is cut off',
      { a: runs([]), b: { ...replica(false), networks: ['control'] } },
      true,
    ],
    ['a server that does not answer is', { a: { ...runs([]), server: null } }, false],
  ] as const)('%s', (_, nodes, steady) => {
    expect(isSteady(look(nodes))).toBe(steady);
  });
});
