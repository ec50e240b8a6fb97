import { type DigestOptions, sweep } from './digest-sweep.js';
import type { RedisNode } from './node.js';

export interface KeyDifference {
  /** Plain text; bytes that aren't plain are written like `%0a`. */
  readonly name: string;
  readonly what: 'differs' | 'only on the first' | 'only on the second';
}

/**
 * Names up to `limit` keys of the database that are not the same on both nodes, under the
 * promises of `datasetDigest`. Holds all names and digests of both: it is for the report of
 * a difference that is known.
 */
export async function findDifferingKeys(
  first: RedisNode,
  second: RedisNode,
  db: number,
  limit: number,
  options: DigestOptions,
): Promise<KeyDifference[]> {
  const [a, b] = await Promise.all([readKeys(first, db, options), readKeys(second, db, options)]);
  const found: KeyDifference[] = [];
  for (const difference of differences(a, b)) {
    if (found.length === limit) break;
    found.push(difference);
  }
  return found;
}

type Digests = ReadonlyMap<string, string>;

async function readKeys(node: RedisNode, db: number, options: DigestOptions): Promise<Digests> {
  const digests = new Map<string, string>();
  for await (const keys of sweep(node, db, options)) {
    for (const { name, digest } of keys) digests.set(name, digest);
  }
  return digests;
}

function* differences(a: Digests, b: Digests): Generator<KeyDifference> {
  for (const [name, digest] of a) {
    const other = b.get(name);
    if (other === undefined) yield { name, what: 'only on the first' };
    else if (other !== digest) yield { name, what: 'differs' };
  }
  for (const name of b.keys()) {
    if (!a.has(name)) yield { name, what: 'only on the second' };
  }
}
