/**
 * Do nodes of one replication stream hold the same data? Compares what keys mean, not how
 * they are stored, without DEBUG, while clients write and keys expire: type, content (the
 * elements of sets and hashes in any order), when keys and fields of hashes expire, and of
 * streams their groups, who holds which of their entries, and from 7.0 on their counters.
 *
 * The first node's keys are read a slice at a time, and the same keys on the others, at about the
 * same time. What differs may only have been written or have expired in between, so it is looked at
 * again, at the same point of the stream, until it is known to be equal or different. What only another
 * node has shows in the number of its keys; where that doesn't come out, its keys are looked for on the
 * first. Memory doesn't grow with the keys. Keys that are logically expired but not deleted yet
 * don't count, as they don't for a client.
 *
 * Not compared, because replication doesn't carry it: consumers that hold no entry, how often
 * and when an entry was delivered, what was last used when, and cached scripts.
 */

import type { CompareOptions, Decided } from './decide-keys.js';
import { KNOWN_TYPES } from './digest-readers.js';
import type { Slice } from './digest-slices.js';
import { findSuspects } from './find-suspects.js';
import { askKeys, KeyReader } from './key-reader.js';
import type { RedisNode } from './node.js';
import { NodeComparison } from './node-comparison.js';

export interface Comparison extends Decided {
  /** Types of keys whose content could not be read: nothing is proven of it. */
  readonly unknownTypes: readonly string[];
  /** What else of these keys isn't compared, because it may differ on healthy nodes. */
  readonly notCompared: readonly string[];
}

export interface Compared {
  /** How many the first node holds, in all databases together, and how many databases hold any. */
  readonly keys: number;
  readonly databases: number;
  /** Of each of the others, in their order; or why it could not be compared. */
  readonly comparisons: readonly PromiseSettledResult<Comparison>[];
}

/**
 * Takes two EVALs a slice on every node. Rejects with `DeadlineError`, the signal's reason,
 * `NoReplyError` or `ReplyError` if the first node can't be read.
 */
export async function compareData(
  node: RedisNode,
  others: readonly RedisNode[],
  options: CompareOptions,
): Promise<Compared> {
  const [first, ...rest] = await Promise.allSettled([node, ...others].map(askKeys));
  if (first?.status !== 'fulfilled') throw first?.reason;
  const since7 = [first, ...rest].every((it) => it.status === 'rejected' || it.value.since7);
  const source = new KeyReader(first.value, since7, options);
  const comparisons = rest.map((it) => {
    if (it.status === 'rejected') return it;
    return new NodeComparison(source, new KeyReader(it.value, since7, options), options);
  });
  const readable = comparisons.filter((it) => it instanceof NodeComparison);
  const seen: Seen = { keys: 0, databases: 0, types: new Set(), expires: false };
  for (const [db, { keys }] of first.value.databases) {
    const before = seen.keys;
    const targets = readable.filter((it) => it.goesOn).map((it) => it.target(db));
    if (others.length > 0 && targets.length === 0) break;
    await findSuspects(source.quick(db), targets, (slice) => note(seen, slice));
    // A rehash shows keys twice.
    seen.keys = Math.min(seen.keys, before + keys);
    if (seen.keys > before) seen.databases += 1;
  }
  const left = leftOut(seen, since7);
  const finish = async (comparison: NodeComparison | PromiseRejectedResult) => {
    if (!(comparison instanceof NodeComparison)) throw comparison.reason;
    return { ...(await comparison.finish()), ...left };
  };
  const { keys, databases } = seen;
  return { keys, databases, comparisons: await Promise.allSettled(comparisons.map(finish)) };
}

/** What was read of the first node, and what any of its keys has. */
interface Seen {
  keys: number;
  databases: number;
  readonly types: Set<string>;
  expires: boolean;
}

function note(seen: Seen, { count, long, types, expires }: Slice): void {
  seen.keys += count + long.length;
  for (const type of types) seen.types.add(type);
  seen.expires ||= expires;
}

/** What isn't compared, because it can't be or because healthy nodes differ in it. */
function leftOut({ types, expires }: Seen, since7: boolean) {
  return {
    unknownTypes: [...types].filter((type) => !KNOWN_TYPES.has(type)).sort(),
    notCompared: [
      ...(types.has('stream') ? ['consumers of streams that hold no entry'] : []),
      ...(expires && !since7 ? ['expiries less than a minute apart'] : []),
    ],
  };
}
