import { describe, expect, test } from 'vitest';
import { noteText } from '../../../src/cli/hints/index.js';
import type { TakenPort } from '../../../src/docker/free-ports.js';
import { formatProblem } from '../../../src/errors.js';
import { choosePorts, knownPorts } from '../../../src/plan/ports.js';
import { type Changes, isUp, node, topology } from '../../support/topologies.js';

const web: TakenPort = { port: 6382, holder: 'container web' };
const somebody: TakenPort = { port: 6381, holder: null };

type Known = readonly (readonly [string, number])[];

function choose(taken: readonly TakenPort[], asked = false, kept: Known = [], before: Known = []) {
  const { ports, notes, problems } = choosePorts(
    topology({ port: { first: 6381, asked } }),
    { held: new Map(kept), had: new Map(before) },
    taken,
  );
  return { ports: [...ports], notes: notes.map(noteText), problems: problems.map(formatProblem) };
}

test('the master takes the first, the replicas the next', () => {
  expect(choose([])).toEqual({
    ports: [
      ['redis-1', 6381],
      ['redis-2', 6382],
      ['redis-3', 6383],
    ],
    notes: [],
    problems: [],
  });
});

test('a default port that is taken gives way to the next free one, and that is told', () => {
  expect(choose([web])).toEqual({
    ports: [
      ['redis-1', 6381],
      ['redis-2', 6383],
      ['redis-3', 6384],
    ],
    notes: ['port 6382 is taken by container web: redis-2 is published on 6383'],
    problems: [],
  });
  expect(choose([somebody]).notes).toEqual(['port 6381 is taken: redis-1 is published on 6382']);
});

test('every port that was asked for and is taken is a problem', () => {
  expect(choose([web, somebody], true).problems).toEqual([
    'port: port 6381, wanted for redis-1, is taken; choose another, or leave it out to get the next free one',
    'port: port 6382, wanted for redis-2, is taken by container web; choose another, or leave it out to get the next free one',
  ]);
});

test('a node keeps the port that it has, and the others get theirs around it', () => {
  const last = [['redis-3', 7002]] as const;
  const expected = [
    ['redis-3', 7002],
    ['redis-1', 7000],
    ['redis-2', 7001],
  ];
  expect(choose([], false, last)).toEqual({ ports: expected, notes: [], problems: [] });
  expect(choose([web], true, last).ports).toEqual(expected);
});

test('also after a failover, which puts another node first', () => {
  const nodes = [node('redis-2', null), node('redis-1', 'redis-2'), node('redis-3', 'redis-2')];
  const kept = new Map([
    ['redis-2', 7001],
    ['redis-3', 7002],
  ]);
  const wanted = topology({ nodes, port: { first: 7001, asked: false } });
  const { ports, notes } = choosePorts(wanted, { held: kept, had: new Map() }, []);
  expect(ports.get('redis-1')).toBe(7000);
  expect(notes).toEqual([]);
});

describe('a node that is made again', () => {
  const BEFORE = [
    ['redis-1', 7000],
    ['redis-2', 7001],
    ['redis-3', 7005],
  ] as const;

  test('has the port that it had', () => {
    expect(choose([], false, [], BEFORE)).toEqual({ ports: BEFORE, notes: [], problems: [] });
    expect(choose([], false, BEFORE.slice(0, 2), BEFORE.slice(2)).ports).toEqual(BEFORE);
  });

  test('unless another one holds it, and that is told', () => {
    const rival = { port: 7005, holder: 'container web' };
    const { ports, notes } = choose([rival], false, [], BEFORE);
    expect(ports.at(-1)).toEqual(['redis-3', 7006]);
    expect(notes).toEqual(['port 7005 is taken by container web: redis-3 is published on 7006']);
  });

  test('or others are asked for, and that is told', () => {
    const { ports, notes } = choose([], true, [], BEFORE);
    expect(ports.map(([, port]) => port)).toEqual([6381, 6382, 6383]);
    expect(notes).toEqual([
      'redis-1 moves from port 7000 to 6381, redis-2 moves from port 7001 to 6382, redis-3 moves from port 7005 to 6383',
    ]);
  });
});

test('what a file says is newer than what its volume says', () => {
  const wanted = topology({ replicas: 1, port: { first: 7000, asked: false } });
  const known = (changes: Changes) => {
    const observed = isUp(wanted, changes);
    return knownPorts({ nodes: observed.nodes.map((it) => ({ ...it, firstPort: 6381 })) });
  };
  expect(known({ 'redis-2': null })).toEqual({
    held: new Map([['redis-1', 7000]]),
    had: new Map([['redis-2', 6381]]),
  });
  const nodes = isUp(wanted).nodes.map((it) => ({
    ...it,
    port: 6381,
    container: it.container && { ...it.container, state: 'created' as const },
  }));
  expect(knownPorts({ nodes }).had).toEqual(
    new Map([
      ['redis-1', 7000],
      ['redis-2', 7001],
    ]),
  );
});

test('a port that was asked for moves no node that is there, and that is told', () => {
  const { ports, notes } = choose([], true, [['redis-1', 7000]]);
  expect(ports[0]).toEqual(['redis-1', 7000]);
  expect(notes).toEqual([
    'the nodes keep the ports they have, 7000 and up; to move them, `rrepl down --name demo` comes first',
  ]);
});

test('no free port above the wanted one is a problem', () => {
  const last = topology({ replicas: 0, port: { first: 65_535, asked: false } });
  const taken = [{ port: 65_535, holder: null }];
  expect(choosePorts(last, { held: new Map(), had: new Map() }, taken).problems).toHaveLength(1);
});
