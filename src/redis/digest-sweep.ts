/** Reads the digest of every key of one database, in slices that let the server go on answering. */

import { RESUME, SWEEP } from './digest-script.js';
import type { RedisNode } from './node.js';
import { checkLimits, type Limits } from './wait.js';

export interface DigestOptions extends Limits {
  /** For about how long one slice may keep the server from its other work. */
  readonly sliceMs: number;
}

export interface KeyDigest {
  /** Plain text; every byte but letters, digits and `:._-` is written like `%0a`. */
  readonly name: string;
  readonly type: string;
  /** SHA-1 of name, type, whether it expires and, for the `KNOWN_TYPES`, content; 40 hex digits. */
  readonly digest: string;
}

/** What SWEEP says of a key that did not fit into its slice. */
interface LongKey {
  readonly name: string;
  readonly type: string;
  readonly at: string;
  readonly state: string;
}

/** One slice of keys after the other. A key may come twice if the server rehashes meanwhile. */
export async function* sweep(
  node: RedisNode,
  db: number,
  options: DigestOptions,
): AsyncGenerator<KeyDigest[]> {
  const read = slices(node, db, options);
  let cursor = '0';
  do {
    const [next, found] = (await read(SWEEP, cursor)) as [string, string];
    const keys: KeyDigest[] = [];
    for (const line of found === '' ? [] : found.split('\n')) {
      const [name = '', type = '', at = '', state = ''] = line.split(' ');
      const digest = at === '' ? state : await resume(read, { name, type, at, state });
      if (digest !== undefined) keys.push({ name, type, digest });
    }
    yield keys;
    cursor = next;
  } while (cursor !== '0');
}

/** Undefined if the key expired meanwhile. */
async function resume(read: ReadSlice, key: LongKey): Promise<string | undefined> {
  let { at, state } = key;
  while (at !== '') {
    [at, state] = (await read(RESUME, key.name, key.type, at, state)) as [string, string];
  }
  return state === '' ? undefined : state;
}

type ReadSlice = (script: string, ...args: string[]) => Promise<unknown[]>;

/** Grants every script the work that the last one would have done in `sliceMs`. */
function slices(node: RedisNode, db: number, options: DigestOptions): ReadSlice {
  let budget = 500;
  return async (script, ...args) => {
    checkLimits(options, () => `the digest of database ${db} of ${node.name}`);
    const startedAt = performance.now();
    const reply = await node.call('EVAL', script, 0, db, Math.round(budget), ...args);
    const [done, ...rest] = reply as [number, ...unknown[]];
    const perMs = done / (performance.now() - startedAt);
    budget = Math.min(2 * budget, Math.max(100, perMs * options.sliceMs));
    return rest;
  };
}
