import { expect, test } from 'vitest';
import type { Look, NodeLook } from '../../support/machine/model.js';
import { actionOf, engineWords, movesIn } from '../../support/machine/move.js';
import { STORIES } from '../../support/machine/stories.js';
import { firstMove, nextMove } from '../../support/machine/walk.js';
import { randomsFrom } from '../../support/random.js';

const node = (state: NodeLook['state'], role: 'master' | 'replica' = 'replica'): NodeLook => ({
  state,
  exitCode: 0,
  networks: ['control', 'replication'],
  hasDisk: true,
  server:
    state === 'running'
      ? {
          role,
          upstream: null,
          linkUp: true,
          keys: new Set(),
          loads: 'rdb',
          savesOnExit: true,
          saved: true,
        }
      : null,
});

const LOOKS: readonly Look[] = [
  new Map([
    ['redis-1', node('running', 'master')],
    ['redis-2', node('running')],
  ]),
  new Map([
    ['redis-1', node('stopped')],
    ['redis-2', node('paused')],
    ['redis-3', node('running')],
  ]),
  new Map([['redis-1', node('absent')]]),
  new Map(),
];

const walked = (seed: number) => {
  const random = randomsFrom(seed);
  const { move, dir } = firstMove(random);
  const more = Array.from({ length: 200 }, (_, at) =>
    nextMove(random, { dir, look: LOOKS[at % LOOKS.length] ?? new Map(), resting: at % 2 === 0 }),
  );
  return [move, ...more];
};

test('a seed gives the same walk, another seed another', () => {
  expect(walked(7)).toEqual(walked(7));
  expect(walked(7)).not.toEqual(walked(8));
});

test('every move of walks and stories can be read, also from what a failure prints', () => {
  const moves = [1, 2, 3, 4, 5].flatMap(walked).concat(STORIES.flatMap((it) => it.moves));
  for (const move of moves) expect(() => actionOf(move), move).not.toThrow();
  expect(movesIn(moves.join('; '))).toEqual(moves);
});

test('a walk comes to every kind of move', () => {
  const kinds = new Set([1, 2, 3].flatMap(walked).map((move) => move.split(' ')[0]));
  expect([...kinds].sort()).toEqual(['docker', 'kill', 'redis', 'rrepl', 'write']);
});

test('no move touches what is not the topology’s', () => {
  expect(engineWords('t', ['network', 'disconnect', 'replication', 'redis-1'])).toEqual([
    'network',
    'disconnect',
    'rrepl-t_replication',
    'rrepl-t-redis-1',
  ]);
  expect(engineWords('t', ['volume', 'rm', 'redis-1-data'])[2]).toBe('rrepl-t-redis-1-data');
});

test('what is no move is refused', () => {
  expect(() => actionOf('dance redis-1')).toThrow('no move');
});

test('a command that is killed says when', () => {
  expect(actionOf('kill -9 after 350 ms: rrepl up')).toEqual({
    kind: 'rrepl',
    args: ['up'],
    killAfterMs: 350,
  });
});
