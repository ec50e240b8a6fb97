/** A random walk of the state machine. Pure: the same numbers and looks give the same moves. */
import { IMAGE } from '../docker.js';
import { type Look, mastersIn, type NodeLook } from './model.js';
import type { Move } from './move.js';

/** A number from 0 to 1, another one each time. */
type Random = () => number;

export interface Setting {
  /** A folder instead of volumes. */
  readonly dir: boolean;
  readonly look: Look;
  readonly resting: boolean;
}

interface Kind {
  readonly weight: number;
  /** Those that make sense now. */
  readonly moves: (setting: Setting) => readonly Move[];
}

const IMAGES = ['redis:6.0', 'redis:7.0', 'valkey:8.1', 'redis:8.0'];
const WISHES = [
  '',
  '--set appendonly=yes',
  '--set appendonly=no',
  '--set save=',
  '--set "save=3600 1"',
  '--set maxmemory=200mb',
  '--replicas 1',
  '--replicas 2',
];
const KILLED_AFTER_MS = [100, 300, 600, 1000, 1500, 2500, 4000];

const named = ({ look }: Setting, wanted: (node: NodeLook) => boolean): string[] =>
  [...look].flatMap(([name, node]) => (wanted(node) ? [name] : []));

const running = (setting: Setting) => named(setting, ({ state }) => state === 'running');
const stopped = (setting: Setting) => named(setting, ({ state }) => state === 'stopped');
const paused = (setting: Setting) => named(setting, ({ state }) => state === 'paused');
const absent = (setting: Setting) => named(setting, ({ state }) => state === 'absent');
const replicas = (setting: Setting) => named(setting, ({ server }) => server?.role === 'replica');
const answering = (setting: Setting) => named(setting, ({ server }) => server !== null);
const cutOff = (setting: Setting) =>
  named(setting, ({ state, networks }) => state === 'running' && networks.length === 1);
const attached = (setting: Setting) =>
  named(setting, ({ state, networks }) => state === 'running' && networks.length > 1);
const isThere = (setting: Setting) => running(setting).length + stopped(setting).length > 0;

const each = (nodes: readonly string[], ...before: string[]): Move[] =>
  before.flatMap((words) => nodes.map((node) => `${words} ${node}`));

const up = ({ dir }: Setting, wish: string): Move =>
  ['rrepl up', ...(dir ? ['--dir data'] : []), wish].filter(Boolean).join(' ');

const killable = (setting: Setting): Move[] => [
  up(setting, ''),
  up(setting, '--set "save=60 1"'),
  ...(isThere(setting) ? ['rrepl down', 'rrepl heal', 'rrepl switchover', 'rrepl scale 1'] : []),
];

const KINDS: readonly Kind[] = [
  { weight: 6, moves: ({ look }) => (mastersIn(look).length > 0 ? ['write'] : []) },
  { weight: 4, moves: (it) => each(running(it), 'docker kill', 'docker stop', 'docker rm -f') },
  { weight: 2, moves: (it) => each(running(it), 'docker restart', 'docker pause') },
  { weight: 2, moves: (it) => each(stopped(it), 'docker start', 'docker rm') },
  { weight: 2, moves: (it) => each(paused(it), 'docker unpause', 'docker kill') },
  { weight: 1, moves: (it) => each(attached(it), 'docker network disconnect replication') },
  {
    weight: 1,
    moves: (it) => (it.dir ? [] : absent(it).map((node) => `docker volume rm ${node}-data`)),
  },
  {
    weight: 2,
    moves: (it) =>
      answering(it).flatMap((node) =>
        [
          'SET save ""',
          'SET save "3600 1"',
          'SET appendonly no',
          'SET appendonly yes',
          'REWRITE',
        ].map((change) => `redis ${node} CONFIG ${change}`),
      ),
  },
  { weight: 1, moves: (it) => answering(it).map((node) => `redis ${node} BGSAVE`) },
  {
    weight: 1,
    moves: (it) =>
      replicas(it).flatMap((node) => [
        `redis ${node} REPLICAOF NO ONE`,
        ...replicas(it)
          .filter((other) => other !== node)
          .map((other) => `redis ${node} REPLICAOF ${other} 6379`),
      ]),
  },
  { weight: 3, moves: (it) => each(running(it), 'rrepl kill', 'rrepl stop', 'rrepl restart') },
  { weight: 2, moves: (it) => each(attached(it), 'rrepl pause', 'rrepl disconnect') },
  {
    weight: 3,
    moves: (it) => [
      ...each(stopped(it), 'rrepl start'),
      ...each(paused(it), 'rrepl unpause'),
      ...each(cutOff(it), 'rrepl connect'),
    ],
  },
  {
    weight: 3,
    moves: (it) => (mastersIn(it.look).length === 0 ? each(replicas(it), 'rrepl promote') : []),
  },
  { weight: 1, moves: (it) => (it.resting ? ['rrepl switchover', 'rrepl scale 1'] : []) },
  { weight: 1, moves: (it) => (it.resting ? ['rrepl scale 2'] : []) },
  { weight: 2, moves: (it) => (isThere(it) ? ['rrepl down'] : []) },
  { weight: 2, moves: (it) => (isThere(it) ? ['rrepl heal'] : []) },
  { weight: 4, moves: (it) => WISHES.map((wish) => up(it, wish)) },
  { weight: 1, moves: (it) => IMAGES.map((image) => up(it, `--image ${image}`)) },
  {
    weight: 2,
    moves: (it) =>
      killable(it).flatMap((move) =>
        KILLED_AFTER_MS.map((ms) => `kill -9 after ${ms} ms: ${move}`),
      ),
  },
];

const pick = <T>(random: Random, from: readonly T[]): T => {
  const item = from[Math.floor(random() * from.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

/** How a walk begins. */
export function firstMove(random: Random): { readonly move: Move; readonly dir: boolean } {
  const dir = random() < 0.3;
  const image = random() < 0.5 ? IMAGE : pick(random, IMAGES);
  const wish = pick(random, ['', '--set appendonly=yes', '--set save=']);
  const words = [`rrepl up --replicas ${pick(random, [1, 2])} --image ${image}`];
  return { move: [...words, ...(dir ? ['--dir data'] : []), wish].filter(Boolean).join(' '), dir };
}

export function nextMove(random: Random, setting: Setting): Move {
  const possible = KINDS.map(({ weight, moves }) => ({ weight, moves: moves(setting) })).filter(
    ({ moves }) => moves.length > 0,
  );
  let at = random() * possible.reduce((sum, { weight }) => sum + weight, 0);
  const kind = possible.find(({ weight }) => {
    at -= weight;
    return at < 0;
  });
  return pick(random, (kind ?? pick(random, possible)).moves);
}
