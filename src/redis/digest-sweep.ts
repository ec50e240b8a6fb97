/** Reads the digest of every key of one database, in slices that let the server go on answering. */

import { RESUME, SWEEP } from './digest-script.js';
import type { RedisNode } from './node.js';
import { checkLimits, type Limits } from './wait.js';

export interface DigestOptions extends Limits {
  /** For about how long one slice may keep the server from its other work. */
  readonly sliceMs: number;
}

/** One database of a server, and what can be read of it. */
export interface Database {
  readonly node: RedisNode;
  readonly db: number;
  /** Whether all nodes that are compared know what came with 7.0. */
  readonly since7: boolean;
  /** Whether fields of its hashes may have a time to live. */
  readonly fieldsExpire: boolean;
}

export interface KeyDigest {
  /** Plain text; every byte but letters, digits and `:._-` is written like `%0a`. */
  readonly name: string;
  readonly type: string;
  readonly state: KeyState;
}

/**
 * All that is compared of a key, in one text because there may be millions: the SHA-1 of its
 * name, type and, for the `KNOWN_TYPES`, content (40 hex digits), and behind it when it
 * expires, in milliseconds since 1970, or nothing. '' if it isn't there.
 */
export type KeyState = string;

/** What a script says of a key; one that did not fit into its slice goes on at `at`. */
export interface KeyLine {
  readonly name: string;
  readonly type: string;
  readonly at: string;
  readonly digest: string;
  readonly expiry: string;
}

/** One slice of keys after the other. A key may come twice if the server rehashes meanwhile. */
export async function* sweep(
  database: Database,
  options: DigestOptions,
): AsyncGenerator<KeyDigest[]> {
  const read = slices(database, options);
  let cursor = '0';
  do {
    const [next, found] = (await read(SWEEP, cursor)) as [string, string];
    const keys: KeyDigest[] = [];
    for (const line of parseLines(found)) {
      const { name, type } = line;
      const whole = line.at === '' ? stateOf(line) : await resume(read, line);
      // Where it vanished meanwhile, it is like no other node's, so it will be looked at again.
      keys.push({ name, type, state: whole || `lost on ${database.node.name}` });
    }
    yield keys;
    cursor = next;
  } while (cursor !== '0');
}

/** One key, however long, in slices: writes between them make it nonsense. */
export async function readInSlices(
  database: Database,
  { name, type }: Pick<KeyLine, 'name' | 'type'>,
  options: DigestOptions,
): Promise<KeyState> {
  return resume(slices(database, options), { name, type, at: '', digest: '' });
}

/** '' if there is no key of this name and type any more. */
async function resume(
  read: ReadSlice,
  { name, type, ...from }: Pick<KeyLine, 'name' | 'type' | 'at' | 'digest'>,
): Promise<KeyState> {
  let { at, digest } = from;
  let expiry = '';
  do {
    const reply = await read(RESUME, name, type, at, digest);
    [at, digest, expiry] = reply as [string, string, string];
  } while (at !== '');
  return stateOf({ digest, expiry });
}

export function parseLines(lines: string): KeyLine[] {
  return (lines === '' ? [] : lines.split('\n')).map((line) => {
    const [name = '', type = '', at = '', digest = '', expiry = ''] = line.split(' ');
    return { name, type, at, digest, expiry };
  });
}

export const stateOf = ({ digest, expiry }: Pick<KeyLine, 'digest' | 'expiry'>): KeyState =>
  digest + expiry;

/** What every script is told first. */
export const scriptArgs = ({ db, since7, fieldsExpire }: Database, budget: number) => [
  db,
  Math.round(budget),
  Number(since7),
  Number(fieldsExpire),
];

type ReadSlice = (script: string, ...args: string[]) => Promise<unknown[]>;

/** Grants every script the work that the last one would have done in `sliceMs`. */
function slices(database: Database, options: DigestOptions): ReadSlice {
  const { node, db } = database;
  let budget = 500;
  return async (script, ...args) => {
    checkLimits(options, () => `the digest of database ${db} of ${node.name}`);
    const startedAt = performance.now();
    const reply = await node.call('EVAL', script, 0, ...scriptArgs(database, budget), ...args);
    const [done, ...rest] = reply as [number, ...unknown[]];
    const perMs = done / (performance.now() - startedAt);
    budget = Math.min(2 * budget, Math.max(100, perMs * options.sliceMs));
    return rest;
  };
}
