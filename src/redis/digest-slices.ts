/** Asks servers for digests of their keys, in slices that let them go on answering others. */

import { LOOK, MATCH, RESUME, SWEEP } from './digest-script.js';
import type { RedisNode } from './node.js';
import { checkLimits, type Limits } from './wait.js';

export interface DigestOptions extends Limits {
  /** For about how many milliseconds one slice may keep the server from its other work. */
  readonly sliceMs: number;
}

/**
 * All that is compared of a key: the SHA-1 of its name, type and, for the `KNOWN_TYPES`, content (40
 * hex digits), and behind it when it expires, in milliseconds since 1970, or nothing. '' if it isn't
 * there.
 */
export type KeyState = string;

/** What a script says of a key; one that did not fit into its slice goes on at `at`. */
export interface KeyLine {
  /** Plain text; every byte but letters, digits and `:._-` is written like `%0a`. */
  readonly name: string;
  readonly type: string;
  readonly at: string;
  readonly digest: string;
  readonly expiry: string;
}

export const stateOf = ({ digest, expiry }: Pick<KeyLine, 'digest' | 'expiry'>): KeyState =>
  digest + expiry;

/** Keys that were digested together. */
export interface Slice {
  readonly digest: string;
  readonly count: number;
  /** As SWEEP writes them and MATCH reads them. */
  readonly names: string;
  /** Keys that were too long, and are in neither. */
  readonly long: readonly Pick<KeyLine, 'name' | 'type'>[];
  readonly types: readonly string[];
  readonly expires: boolean;
}

/** What is read of a database, beside its number. */
export interface Reading {
  readonly db: number;
  /** Whether all nodes that are compared know what came with 7.0. */
  readonly since7: boolean;
  /** Whether fields of its hashes may have a time to live. */
  readonly fieldsExpire: boolean;
}

/** Where the same keys take longer than on the other node, they hardly are the same. */
const PATIENCE = 5;

/** One database of a server. */
export class Database {
  readonly node: RedisNode;
  readonly reading: Reading;
  readonly #options: DigestOptions;

  constructor(node: RedisNode, reading: Reading, options: DigestOptions) {
    this.node = node;
    this.reading = reading;
    this.#options = options;
  }

  /**
   * All keys, a slice after the other; the next one is read while the last is looked at. A key may come
   * twice if the server rehashes meanwhile.
   */
  async *sweep(): AsyncGenerator<Slice> {
    let ahead = this.#sweepFrom('0');
    for (;;) {
      const [cursor, slice] = await ahead;
      const isLast = cursor === '0';
      if (!isLast) ahead = this.#sweepFrom(cursor);
      // Who looks at this slice may fail before the next one is awaited.
      ahead.catch(() => {});
      yield slice;
      if (isLast) return;
    }
  }

  async #sweepFrom(cursor: string): Promise<[string, Slice]> {
    const reply = await this.#run(SWEEP, cursor);
    const [next, digest, count, names, long, types, expires] = reply as [
      ...[next: string, digest: string, count: number],
      ...[names: string, long: string, types: string, expires: number],
    ];
    const slice = {
      digest,
      count,
      names,
      long: words(long, '\n').map((line) => {
        const [name = '', type = ''] = line.split(' ');
        return { name, type };
      }),
      types: words(types, ' '),
      expires: expires === 1,
    };
    return [next, slice];
  }

  /** Whether these keys are the same here. False proves nothing. */
  async matches({ names, digest }: Slice): Promise<boolean> {
    return (await this.#eval(MATCH, [names], PATIENCE * this.#options.sliceMs)) === digest;
  }

  /** The first ones of these keys, at least one, and the point of the stream at which they were read. */
  async look(names: readonly string[]): Promise<{ point: string; lines: readonly KeyLine[] }> {
    const [point, lines] = (await this.#eval(LOOK, names)) as [string, string];
    return { point, lines: words(lines, '\n').map(parseLine) };
  }

  /** One key, however long: writes meanwhile make it nonsense. '' if none has this name and type. */
  async readInSlices({ name, type }: Pick<KeyLine, 'name' | 'type'>): Promise<KeyState> {
    let [at, digest, expiry] = ['', '', ''];
    do {
      const reply = await this.#run(RESUME, name, type, at, digest);
      [at, digest, expiry] = reply as [string, string, string];
    } while (at !== '');
    return stateOf({ digest, expiry });
  }

  async #run(script: string, ...args: string[]): Promise<unknown> {
    const { node, reading } = this;
    checkLimits(this.#options, () => `the digest of database ${reading.db} of ${node.name}`);
    return this.#eval(script, args);
  }

  #eval(script: string, args: readonly string[], ms = this.#options.sliceMs): Promise<unknown> {
    const { db, since7, fieldsExpire } = this.reading;
    const what = [db, ms, Number(since7), Number(fieldsExpire)];
    return this.node.call('EVAL', script, 0, ...what, ...args);
  }
}

const words = (text: string, separator: string): string[] =>
  text === '' ? [] : text.split(separator);

function parseLine(line: string): KeyLine {
  const [name = '', type = '', at = '', digest = '', expiry = ''] = line.split(' ');
  return { name, type, at, digest, expiry };
}
