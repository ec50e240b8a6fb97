import { expect, test } from 'vitest';
import { chooseRoles } from '../../../src/plan/roles.js';
import { chain, topology } from '../../support/topologies.js';

function roles(recorded: [string, string | null][], wanted = topology()) {
  const { nodes, notes } = chooseRoles(wanted, new Map(recorded));
  return { nodes: nodes.map(({ name, upstream }) => `${name} <- ${upstream}`), notes };
}

const wished = ['redis-1 <- null', 'redis-2 <- redis-1', 'redis-3 <- redis-1'];

test('nothing recorded: as wished', () => {
  expect(roles([])).toEqual({ nodes: wished, notes: [] });
});

test('a promoted master stays one, and the rest follows what is recorded', () => {
  const recorded: [string, string | null][] = [
    ['redis-1', 'redis-2'],
    ['redis-2', null],
    ['redis-3', 'redis-2'],
  ];
  expect(roles(recorded)).toEqual({
    nodes: ['redis-2 <- null', 'redis-1 <- redis-2', 'redis-3 <- redis-2'],
    notes: ['redis-2 stays the master: its redis.conf says that it is'],
  });
});

test('nodes of which nothing is recorded follow the promoted master', () => {
  expect(roles([['redis-2', null]]).nodes).toEqual([
    'redis-2 <- null',
    'redis-1 <- redis-2',
    'redis-3 <- redis-2',
  ]);
});

test('a chain below a promoted master is kept', () => {
  const wanted = topology({ nodes: chain(4) });
  expect(roles([['redis-2', null]], wanted).nodes).toEqual([
    'redis-2 <- null',
    'redis-1 <- redis-2',
    'redis-3 <- redis-2',
    'redis-4 <- redis-3',
  ]);
});

test.each<[string, [string, string | null][]]>([
  [
    'several masters',
    [
      ['redis-1', null],
      ['redis-2', null],
    ],
  ],
  ['no master', [['redis-2', 'redis-3']]],
  [
    'an upstream that is no node',
    [
      ['redis-2', null],
      ['redis-3', 'elsewhere'],
    ],
  ],
  [
    'a circle',
    [
      ['redis-1', null],
      ['redis-2', 'redis-3'],
      ['redis-3', 'redis-2'],
    ],
  ],
])('what makes no sense is not followed: %s', (_, recorded) => {
  expect(roles(recorded)).toEqual({ nodes: wished, notes: [] });
});
