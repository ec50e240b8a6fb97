import { describe, expect, it } from 'vitest';
import { Draft } from '../../../src/plan/draft.js';
import { isContained, planSetAside, wakesAlone } from '../../../src/plan/set-aside.js';
import { ID } from '../../support/fake-redis.js';
import { type Given, NOW, nodesOf } from './nodes.js';

const OTHER = 'c'.repeat(40);
const at = (offset: number, id = ID) => ({ origin: { id, offset } });

const two = (master: Given, other: Given) => {
  const [above, node] = nodesOf({ 'redis-1': master, 'redis-2': other });
  if (!above || !node) throw new Error('two were asked for');
  return { above, node };
};

/** Whether redis-1 is known to have all that redis-2 has. */
function contained(master: Given, other: Given): boolean {
  const { above, node } = two(master, other);
  return isContained(node, above);
}

const master: Given = { file: null, server: { offset: 100 } };
const down = { file: 'redis-1', state: 'exited' } as const;

describe('of a server that answers', () => {
  it.each<[string, Given, boolean]>([
    ['a replica whose link is up', { file: 'redis-1', server: { offset: 120 } }, true],
    [
      'one whose link is down, at a place that the master has',
      { file: 'redis-1', server: { offset: 100, link: 'down' } },
      true,
    ],
    [
      'one whose link is down, further than the master',
      { file: 'redis-1', server: { offset: 101, link: 'down' } },
      false,
    ],
    ['a second master of another stream', { file: null, server: { offset: 1, id: OTHER } }, false],
  ])('%s', (_, node, known) => {
    expect(contained(master, node)).toBe(known);
  });

  it.each([
    [89, true],
    [90, false],
  ])('a former master at %i, whose stream the master left at 90', (offset, known) => {
    const next: Given = { file: null, server: { id: OTHER, secondId: ID, secondOffset: 90 } };
    expect(contained(next, { file: null, server: { offset } })).toBe(known);
  });
});

describe('of a disk', () => {
  it.each<[string, Given, boolean]>([
    ['without data', down, true],
    ['with an RDB without keys', { ...down, rdb: { keys: 0, ...at(900, OTHER) } }, true],
    ['up to where the master is', { ...down, rdb: at(100) }, true],
    ['further than the master', { ...down, rdb: at(101) }, false],
    ['of another stream', { ...down, rdb: at(1, OTHER) }, false],
    ['of a replica, at no known place', { ...down, rdb: {} }, false],
    [
      'of a replica that ended while its master ran, at no known place',
      { ...down, rdb: {}, endedAtMs: NOW },
      true,
    ],
    [
      "of another one's replica, the same",
      { ...down, file: 'redis-3', rdb: {}, endedAtMs: NOW },
      false,
    ],
    ['of a former master, the same', { ...down, file: null, rdb: {}, endedAtMs: NOW }, false],
  ])('%s', (_, node, known) => {
    expect(contained(master, node)).toBe(known);
  });

  it('of a replica that ended before its master was started is not known to be contained', () => {
    const { above, node } = two(master, { ...down, rdb: {}, endedAtMs: NOW });
    const restarted = above.server && { ...above.server, startedAtMs: NOW };
    expect(isContained(node, { ...above, server: restarted })).toBe(false);
  });

  it.each([
    ['as late as', 0, true],
    ['later than', 2000, false],
  ])('%s that of a master that is down', (_, laterMs, known) => {
    const conf = 'appendonly yes\n';
    const above: Given = { file: null, state: 'exited', conf, aof: { modifiedMs: NOW } };
    expect(contained(above, { ...down, conf, aof: { modifiedMs: NOW + laterMs } })).toBe(known);
  });

  it.each([
    [100, true],
    [99, false],
  ])('at 100, of a master whose own disk is at %i', (offset, known) => {
    const above: Given = { file: null, state: 'exited', rdb: at(offset) };
    expect(contained(above, { ...down, rdb: at(100) })).toBe(known);
  });
});

describe('the step', () => {
  const planned = (node: Given, port: number | null = null) => {
    const draft = new Draft();
    const { above, node: other } = two(master, node);
    planSetAside(draft, 'demo', other, above, port);
    return draft.steps;
  };

  it('keeps what the master is not known to have', () => {
    expect(planned({ ...down, rdb: at(101) })).toEqual([
      {
        id: 'set aside redis-2',
        after: [],
        kind: 'setAside',
        resource: 'rrepl-demo-redis-2',
        cause: 'redis-1 is not known to have all of it',
        node: 'redis-2',
        port: null,
        topology: 'demo',
      },
    ]);
  });

  it('is not needed for what it has, nor for the master itself, nor without one', () => {
    expect(planned({ ...down, rdb: at(100) })).toEqual([]);
    const draft = new Draft();
    const { node } = two(master, { ...down, rdb: at(101) });
    planSetAside(draft, 'demo', node, node, null);
    planSetAside(draft, 'demo', node, undefined, null);
    expect(draft.steps).toEqual([]);
  });
});

describe('whether a paused replica is looked at before its link comes back', () => {
  const paused = { file: 'redis-1', state: 'paused' } as const;

  it.each<[string, Given, Given, boolean]>([
    ['its master has run all the time', master, paused, false],
    ['its master was started anew', master, { ...paused, runningSinceMs: -60_000 }, true],
    ['its redis.conf names another one', master, { ...paused, file: 'redis-3' }, true],
    ['its master does not answer', { file: null, state: 'exited' }, paused, true],
    ['it is not paused', master, { file: 'redis-1', runningSinceMs: -60_000 }, false],
  ])('%s', (_, above, given, alone) => {
    const { above: upstream, node } = two(above, given);
    expect(wakesAlone(node, upstream)).toBe(alone);
  });
});
