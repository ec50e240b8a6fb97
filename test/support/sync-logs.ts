/**
 * What real servers logged of replication, as `rrepl logs` prints it, with the address of each
 * node before its lines. Lines that tell nothing of replication are left out.
 *
 * `redis-6.0`, `redis-7.0`, `redis-8.0` and `valkey-8.1`: a master and two replicas, a short cut
 * and a long one of redis-2, a restart of redis-3, redis-2 made the master, killed and started,
 * stopped and started. `…-diskless`: the replicas cut off while the backlog was exceeded; 7.0 with
 * an AOF, 8.0 with the RDB channel and Valkey with the dual channel.
 */
import { readFileSync } from 'node:fs';
import { type LogLine, readLog } from '../../src/live/sync-words.js';

export interface SyncLogs {
  readonly nodes: readonly {
    readonly name: string;
    readonly address: string;
    readonly fixedAddress: null;
  }[];
  readonly logs: ReadonlyMap<string, readonly LogLine[]>;
}

/** All of it, or what was there when this line had been logged for the n-th time by this node. */
export function syncLogs(
  file: string,
  until?: readonly [node: string, words: RegExp, nth: number],
) {
  const text = readFileSync(new URL(`logs/${file}.txt`, import.meta.url), 'utf8');
  const nodes = [...text.matchAll(/^(\S+) @ (\S+)$/gm)].map(([, name = '', address = '']) => ({
    name,
    address,
    fixedAddress: null,
  }));
  const linesOf = (name: string) =>
    readLog([...text.matchAll(new RegExp(`^${name} \\| (.*)$`, 'gm'))].map(([, it = '']) => it));
  const all = new Map(nodes.map(({ name }) => [name, linesOf(name)]));
  if (until === undefined) return { nodes, logs: all } satisfies SyncLogs;
  const [node, words, nth] = until;
  const moment = all.get(node)?.filter(({ text: line }) => words.test(line))[nth - 1]?.atMs;
  if (moment === undefined) throw new Error(`${node} never logged ${words} ${nth} times`);
  const logs = new Map(
    [...all].map(([name, lines]) => [name, lines.filter((it) => it.atMs <= moment)]),
  );
  return { nodes, logs } satisfies SyncLogs;
}
