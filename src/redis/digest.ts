/**
 * Do two nodes hold the same data? Compares what keys mean, not how they are stored: type,
 * content (the elements of sets and hashes in any order) and whether they expire, on any
 * server, replica or not, without DEBUG.
 *
 * It promises this only while nothing writes or expires between the first read of the one
 * node and the last read of the other. Not compared: when a key expires (6.0 drifts), field
 * expiries of hashes, and the consumers of a stream's groups. Keys that are logically expired
 * but not deleted yet don't count. A rehash during the scan shows keys twice; they are counted
 * once (the tables inside a set or a hash only rehash when it is written).
 */

import { KNOWN_TYPES } from './digest-script.js';
import { type DigestOptions, sweep } from './digest-sweep.js';
import { parseInfo, parseKeyspace } from './info.js';
import type { RedisNode } from './node.js';

export interface DatabaseDigest {
  readonly keys: number;
  /** 40 hex digits: the digests of all keys, combined in no order. */
  readonly digest: string;
}

export interface DatasetDigest {
  /** By number, ascending; only those that hold keys. */
  readonly databases: ReadonlyMap<number, DatabaseDigest>;
  /** Types of keys whose content could not be read: equal digests then prove nothing of it. */
  readonly unknownTypes: readonly string[];
}

/**
 * Takes one EVAL per slice; holds about 100 bytes per key of the largest database. Rejects
 * with `DeadlineError`, the signal's reason, `NoReplyError` or `ReplyError`.
 */
export async function datasetDigest(
  node: RedisNode,
  options: DigestOptions,
): Promise<DatasetDigest> {
  const databases = new Map<number, DatabaseDigest>();
  const unknownTypes = new Set<string>();
  for (const db of await usedDatabases(node)) {
    const digests = new Set<string>();
    for await (const keys of sweep(node, db, options)) {
      for (const { type, digest } of keys) {
        digests.add(digest);
        if (!KNOWN_TYPES.has(type)) unknownTypes.add(type);
      }
    }
    if (digests.size > 0) databases.set(db, { keys: digests.size, digest: combine(digests) });
  }
  return { databases, unknownTypes: [...unknownTypes].sort() };
}

async function usedDatabases(node: RedisNode): Promise<number[]> {
  const info = parseInfo(String(await node.call('INFO', 'keyspace')));
  return [...parseKeyspace(info).keys()];
}

function combine(digests: Iterable<string>): string {
  let all = 0n;
  for (const digest of digests) all ^= BigInt(`0x${digest}`);
  return all.toString(16).padStart(40, '0');
}

export interface DatabaseDifference {
  readonly db: number;
  /** Undefined: the database is empty there. */
  readonly a: DatabaseDigest | undefined;
  readonly b: DatabaseDigest | undefined;
}

/** The lowest database that differs, or undefined if none does. */
export function compareDigests(a: DatasetDigest, b: DatasetDigest): DatabaseDifference | undefined {
  const numbers = [...new Set([...a.databases.keys(), ...b.databases.keys()])];
  return numbers
    .sort((x, y) => x - y)
    .map((db) => ({ db, a: a.databases.get(db), b: b.databases.get(db) }))
    .find((pair) => pair.a?.digest !== pair.b?.digest);
}
