/**
 * A move of the state machine is one line of words:
 *
 *     rrepl up --replicas 1              a command of rrepl, typed where its topology is the default
 *     kill -9 after 350 ms: rrepl up     the same, killed meanwhile
 *     docker kill redis-1                behind rrepl's back; `redis-1` is its container, `redis-1-data`
 *                                        its volume, `replication` the network of that name
 *     redis redis-1 CONFIG SET save ''   a command to a server
 *     write                              one key, and WAIT, on every node that says it is a master
 */
import { splitArgs } from '../../../src/config/quoting.js';
import { volumeName } from '../../../src/docker/names.js';
import { containerOf, replicationNetworkOf } from '../docker.js';

export type Move = string;

export type Action =
  | {
      readonly kind: 'rrepl';
      readonly args: readonly string[];
      readonly killAfterMs: number | null;
    }
  | { readonly kind: 'docker'; readonly args: readonly string[] }
  | { readonly kind: 'redis'; readonly node: string; readonly command: readonly string[] }
  | { readonly kind: 'write' };

const KILLED = /^kill -9 after (\d+) ms: (?=rrepl )/;

/** Throws if it is none. */
export function actionOf(move: Move): Action {
  const killed = KILLED.exec(move);
  const [who, ...words] = splitArgs(move.replace(KILLED, ''));
  if (who === 'rrepl') {
    return { kind: 'rrepl', args: words, killAfterMs: killed ? Number(killed[1]) : null };
  }
  if (who === 'docker') return { kind: 'docker', args: words };
  if (who === 'redis') {
    const [node = '', ...command] = words;
    return { kind: 'redis', node, command };
  }
  if (who === 'write' && words.length === 0) return { kind: 'write' };
  throw new Error(`no move: ${move}`);
}

/** What the engine calls the things that a move names. */
export const engineWords = (topology: string, args: readonly string[]): string[] =>
  args.map((word) => {
    const [, node = '', data] = /^(redis-\d+)(-data)?$/.exec(word) ?? [];
    if (data) return volumeName(topology, node, 'data');
    if (node) return containerOf(topology, node);
    return word === 'replication' ? replicationNetworkOf(topology) : word;
  });

/** Moves that stand in one text, one a line or with `;` between them. */
export const movesIn = (text: string): Move[] =>
  text
    .split(/[;\n]/)
    .map((line) => line.trim())
    .filter(Boolean);
