/**
 * Do two nodes of one replication stream hold the same data? Compares what keys mean, not how
 * they are stored, without DEBUG, while clients write and keys expire: type, content (the
 * elements of sets and hashes in any order), when keys and fields of hashes expire, and of
 * streams their groups, who holds which of their entries, and from 7.0 on their counters.
 *
 * First every key is read once on both nodes. What differs then may only have been written or
 * have expired between the two readings, so it is looked at again, at the same point of the
 * stream, until it is known to be equal or different. Keys that are logically expired but not
 * deleted yet don't count, as they don't for a client.
 *
 * Not compared, because replication doesn't carry it: consumers that hold no entry, how often
 * and when an entry was delivered, what was last used when, and cached scripts.
 */

import {
  type CompareOptions,
  catchUp,
  type Decided,
  decide,
  type Undecided,
} from './decide-keys.js';
import { KNOWN_TYPES } from './digest-script.js';
import {
  type Database,
  type DigestOptions,
  type KeyDigest,
  type KeyState,
  sweep,
} from './digest-sweep.js';
import { parseInfo, parseKeyspace } from './info.js';
import { difference, expires, type KeyDifference } from './key-difference.js';
import type { RedisNode } from './node.js';

/** One reading of all keys of a node. */
export interface Dataset {
  readonly node: RedisNode;
  /** By number; only those that hold keys. */
  readonly databases: ReadonlyMap<number, ReadonlyMap<string, KeyState>>;
  /** In all databases together. */
  readonly keys: number;
  readonly seen: Seen;
  /** Whether this node and all that it will be compared with know what came with 7.0. */
  readonly since7: boolean;
}

export interface Comparison extends Decided {
  /** Types of keys whose content could not be read: nothing is proven of it. */
  readonly unknownTypes: readonly string[];
  /** What else of these keys isn't compared, because it may differ on healthy nodes. */
  readonly notCompared: readonly string[];
}

/**
 * Reads what `compareWith` then compares with each of the others. Takes one EVAL per slice and
 * holds about 150 bytes and its name per key. Rejects with `DeadlineError`, the signal's
 * reason, `NoReplyError` or `ReplyError`.
 */
export async function readDataset(
  node: RedisNode,
  others: readonly RedisNode[],
  options: DigestOptions,
): Promise<Dataset> {
  // Another that doesn't answer is told so when it is compared.
  const known = await Promise.allSettled([node, ...others].map(knowledge));
  const since7 = known.every((it) => it.status === 'rejected' || it.value.since7);
  const databases = new Map<number, Map<string, KeyState>>();
  const seen: Seen = { types: new Set(), expiries: false };
  for (const database of await usedDatabases(node, since7)) {
    const states = new Map<string, KeyState>();
    for await (const keys of sweep(database, options)) {
      for (const key of keys) {
        states.set(key.name, key.state);
        note(seen, key);
      }
    }
    if (states.size > 0) databases.set(database.db, states);
  }
  const keys = [...databases.values()].reduce((sum, { size }) => sum + size, 0);
  return { node, databases, keys, since7, seen };
}

/** Rejects as `readDataset` does, also if the node doesn't get where the other was. */
export async function compareWith(
  ours: Dataset,
  node: RedisNode,
  options: CompareOptions,
): Promise<Comparison> {
  const seen: Seen = { types: new Set(ours.seen.types), expiries: ours.seen.expiries };
  const suspects = new Map<number, Set<string>>();
  for (const database of await databasesOfBoth(ours, node)) {
    const found = await findSuspects(ours, database, seen, options);
    if (found.size > 0) suspects.set(database.db, found);
  }
  const decided = await decideAll(ours, node, suspects, options);
  return { ...decided, ...leftOut(seen, ours.since7) };
}

/** What any key has, to say what isn't compared of it. */
interface Seen {
  readonly types: Set<string>;
  expiries: boolean;
}

function note(seen: Seen, { type, state }: KeyDigest): void {
  seen.types.add(type);
  seen.expiries ||= expires(state);
}

function leftOut({ types, expiries }: Seen, since7: boolean) {
  return {
    unknownTypes: [...types].filter((type) => !KNOWN_TYPES.has(type)).sort(),
    notCompared: [
      ...(types.has('stream') ? ['consumers of streams that hold no entry'] : []),
      ...(expiries && !since7 ? ['expiries less than a minute apart'] : []),
    ],
  };
}

/** What a server can say of its keys. */
async function knowledge(node: RedisNode) {
  const reply = (await node.call('COMMAND', 'INFO', 'PEXPIRETIME', 'HPEXPIRETIME')) as unknown[];
  const [since7, fieldExpiry] = reply.map((it) => it !== null);
  return { since7: since7 === true, fieldExpiry: fieldExpiry === true };
}

async function usedDatabases(node: RedisNode, since7: boolean): Promise<Database[]> {
  const { fieldExpiry } = await knowledge(node);
  const info = parseInfo(String(await node.call('INFO', 'keyspace')));
  return [...parseKeyspace(info)].map(([db, { withFieldExpiry }]) => ({
    node,
    db,
    since7,
    fieldsExpire: fieldExpiry && withFieldExpiry !== 0,
  }));
}

/** Those that hold keys on the node or on the other, ascending. */
async function databasesOfBoth({ databases, since7 }: Dataset, node: RedisNode) {
  const used = await usedDatabases(node, since7);
  const others = [...databases.keys()]
    .filter((db) => used.every((it) => it.db !== db))
    .map((db): Database => ({ node, db, since7, fieldsExpire: false }));
  return [...used, ...others].sort((a, b) => a.db - b.db);
}

/** The keys that one reading of both shows otherwise. */
async function findSuspects(
  { databases, since7 }: Dataset,
  database: Database,
  seen: Seen,
  options: DigestOptions,
): Promise<Set<string>> {
  const ours: ReadonlyMap<string, KeyState> = databases.get(database.db) ?? new Map();
  const missing = new Set(ours.keys());
  const suspects = new Set<string>();
  for await (const keys of sweep(database, options)) {
    for (const key of keys) {
      const { name, state } = key;
      missing.delete(name);
      note(seen, key);
      if (difference(ours.get(name) ?? '', state, since7) !== undefined) suspects.add(name);
    }
  }
  for (const name of missing) suspects.add(name);
  return suspects;
}

async function decideAll(
  { node, since7 }: Dataset,
  other: RedisNode,
  suspects: ReadonlyMap<number, ReadonlySet<string>>,
  options: CompareOptions,
): Promise<Decided> {
  const different: KeyDifference[] = [];
  const undecided: Undecided[] = [];
  if (suspects.size === 0) return { different, undecided };
  await catchUp(node, other, options);
  const [ours, theirs] = await Promise.all([knowledge(node), knowledge(other)]);
  for (const [db, names] of suspects) {
    const pair = {
      first: { node, db, since7, fieldsExpire: ours.fieldExpiry },
      second: { node: other, db, since7, fieldsExpire: theirs.fieldExpiry },
    };
    const limit = options.limit - different.length;
    const decided = await decide(pair, [...names], { ...options, limit });
    different.push(...decided.different);
    undecided.push(...decided.undecided);
  }
  return { different, undecided };
}
