import { expect, test } from 'vitest';
import type { TakenPort } from '../../../src/docker/observe.js';
import { formatProblem } from '../../../src/errors.js';
import { choosePorts } from '../../../src/plan/ports.js';
import { topology } from '../../support/topologies.js';

const web: TakenPort = { port: 6382, holder: 'container web' };
const somebody: TakenPort = { port: 6381, holder: null };

function choose(taken: readonly TakenPort[], asked = false, kept: [string, number][] = []) {
  const { ports, notes, problems } = choosePorts(
    topology({ port: { first: 6381, asked } }),
    new Map(kept),
    taken,
  );
  return { ports: [...ports], notes, problems: problems.map(formatProblem) };
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
    '--port: port 6381, wanted for redis-1, is taken; choose another with --port, or leave it out to get the next free one',
    '--port: port 6382, wanted for redis-2, is taken by container web; choose another with --port, or leave it out to get the next free one',
  ]);
});

test('a node keeps the port that it has, and no other gets it', () => {
  expect(choose([], false, [['redis-3', 6381]]).ports).toEqual([
    ['redis-3', 6381],
    ['redis-1', 6382],
    ['redis-2', 6383],
  ]);
  const asked = choose([], true, [['redis-3', 6381]]);
  expect(asked.ports.map(([, port]) => port)).toEqual([6381, 6382, 6383]);
  expect(asked).toMatchObject({ notes: [], problems: [] });
});

test('a port that was asked for moves no node that is there, and that is told', () => {
  const { ports, notes } = choose([], true, [['redis-1', 7000]]);
  expect(ports[0]).toEqual(['redis-1', 7000]);
  expect(notes).toEqual([
    'the nodes keep the ports they have, 7000 and up: to move them, `rrepl down --name demo` comes first',
  ]);
});

test('no free port above the wanted one is a problem', () => {
  const last = topology({ replicas: 0, port: { first: 65_535, asked: false } });
  const taken = [{ port: 65_535, holder: null }];
  expect(choosePorts(last, new Map(), taken).problems).toHaveLength(1);
});
