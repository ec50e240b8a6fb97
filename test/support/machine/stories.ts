/** Ways in which data were lost once, and their neighbours, as moves of the state machine. */
import type { Move } from './move.js';

export interface Story {
  readonly story: string;
  readonly moves: readonly Move[];
}

export const STORIES: readonly Story[] = [
  {
    story: 'living replicas with different histories after their master died',
    moves: [
      'rrepl up --replicas 2',
      'write',
      'rrepl disconnect redis-3',
      'rrepl restart redis-1',
      'write',
      'docker kill redis-1',
      'rrepl up',
    ],
  },
  {
    story: 'the same, with the container gone and another image wanted',
    moves: [
      'rrepl up --replicas 2',
      'write',
      'rrepl disconnect redis-3',
      'rrepl restart redis-1',
      'write',
      'docker rm -f redis-1',
      'rrepl up --image redis:7.0',
    ],
  },
  {
    story: 'an upgrade while the master is stopped',
    moves: [
      'rrepl up --replicas 1 --image redis:6.0 --set appendonly=yes',
      'write',
      'rrepl stop master',
      'rrepl up --image redis:7.0',
    ],
  },
  {
    story: 'an upgrade while the master is gone',
    moves: [
      'rrepl up --replicas 1 --image redis:6.0 --set appendonly=yes',
      'write',
      'docker rm -f redis-1',
      'rrepl up --image redis:7.0',
    ],
  },
  {
    story: 'a master that was killed, and a replica that saved when it was stopped',
    moves: [
      'rrepl up --replicas 1',
      'write',
      'rrepl kill redis-1',
      'rrepl stop redis-2',
      'rrepl up',
    ],
  },
  {
    story: 'a master that was killed, and all taken down',
    moves: ['rrepl up --replicas 1', 'write', 'docker kill redis-1', 'rrepl down'],
  },
  {
    story: 'no persistence, and all taken down',
    moves: ['rrepl up --replicas 1 --set save=', 'write', 'rrepl down'],
  },
  {
    story: "the master's volume is removed while all is down",
    moves: ['rrepl up --replicas 1', 'write', 'rrepl down', 'docker volume rm redis-1-data'],
  },
  {
    story: 'the promoted node is lost while the former master is stopped',
    moves: [
      'rrepl up --replicas 1',
      'write',
      'rrepl stop redis-1',
      'rrepl promote redis-2',
      'docker rm -f redis-2',
      'rrepl up',
    ],
  },
  {
    story: 'a stale replica is promoted over a stopped one that had all',
    moves: [
      'rrepl up --replicas 2',
      'write',
      'rrepl stop redis-3',
      'write',
      'rrepl stop redis-2',
      'rrepl kill redis-1',
      'rrepl start redis-3',
      'rrepl promote redis-3',
    ],
  },
  {
    story: 'save points taken away by hand, and the master stopped',
    moves: [
      'rrepl up --replicas 1',
      'write',
      'redis redis-1 CONFIG SET save ""',
      'docker stop redis-1',
      'rrepl heal',
    ],
  },
  {
    story: 'the append-only file turned off by hand, and the master killed',
    moves: [
      'rrepl up --replicas 1 --set appendonly=yes',
      'redis redis-1 CONFIG SET appendonly no',
      'write',
      'docker kill redis-1',
      'rrepl up',
    ],
  },
  {
    story: 'a killed master started over a living replica',
    moves: ['rrepl up --replicas 1', 'write', 'rrepl kill master', 'rrepl start redis-1'],
  },
  {
    story: 'a master without persistence restarted',
    moves: ['rrepl up --replicas 1 --set save=', 'write', 'rrepl restart master'],
  },
  {
    story: 'a folder taken down and brought up with an append-only file',
    moves: [
      'rrepl up --dir data --replicas 1',
      'write',
      'rrepl down',
      'rrepl up --dir data --replicas 1 --set appendonly=yes',
    ],
  },
  {
    story: 'a folder with an append-only file, by the command that down prints',
    moves: [
      'rrepl up --dir data --replicas 1 --set appendonly=yes --set save=',
      'write',
      'rrepl down',
    ],
  },
  {
    story: 'an older image after down',
    moves: [
      'rrepl up --replicas 1 --image redis:7.0 --set appendonly=yes',
      'write',
      'rrepl down',
      'rrepl up --image redis:6.0',
    ],
  },
  {
    story: 'a replica that is gone',
    moves: ['rrepl up --replicas 1', 'write', 'docker rm -f redis-2', 'rrepl heal'],
  },
  {
    story: 'a paused master that was replaced is woken',
    moves: [
      'rrepl up --replicas 2',
      'write',
      'rrepl pause master',
      'rrepl promote redis-2',
      'write',
      'docker unpause redis-1',
    ],
  },
];
