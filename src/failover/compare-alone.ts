/**
 * What a dead master's data have otherwise than the master's, key by key: where its commands are gone, or nothing
 * tells where in them the two parted.
 */
import { FailedError } from '../errors.js';
import { findSuspects } from '../redis/find-suspects.js';
import { askKeys, KeyReader } from '../redis/key-reader.js';
import type { RedisNode } from '../redis/node.js';
import { Deadline } from '../redis/wait.js';
import type { Changes } from '../stream/changes.js';
import { isSame, type KeyState, readKeys } from '../stream/key-state.js';
import type { Bounds } from '../stream/read-stream.js';
import type { SalvagedWrite } from '../stream/salvage-file.js';
import type { Wire } from '../stream/wire.js';
import { nodeOver } from '../stream/wire-node.js';

/** Beyond these it is no salvage any more: memory must not grow with the data. */
const MOST_KEYS = 100_000;
const MOST_BYTES = 64 * 1024 * 1024;

const SLICE_MS = 20;
/** Keys at a time, so that what they hold is in memory once. */
const BATCH = 200;

export interface Alone {
  readonly node: string;
  /** The server that has the dead one's data. */
  readonly former: Wire;
  readonly master: Wire;
}

/**
 * A line for each key that differs, as the command that makes it what it was. What the dead one lacks was
 * deleted there only if the master has not written it since; where that isn't known, it is left out.
 *
 * @param changes what the master has written since the two parted; null if that isn't known
 */
export async function compareAlone(
  { node, former, master }: Alone,
  changes: Changes | null,
  { deadlineMs, signal }: Bounds,
): Promise<SalvagedWrite[]> {
  const readers = await readersOf([nodeOver(node, former), nodeOver('the master', master)], {
    ...{ sliceMs: SLICE_MS, signal },
    deadline: new Deadline(deadlineMs),
  });
  const [own, others] = readers;
  const found = new Found(node);
  for (const db of own.facts.databases.keys()) {
    const names = await differing(own, others, db, found);
    for await (const [key, here, there] of statesOf(former, master, db, names)) {
      if (here.dump === null || isSame(here, there)) continue;
      found.add(lineOf(db, key, here, changes));
    }
  }
  if (changes === null) return found.lines;
  for (const db of others.facts.databases.keys()) {
    const names = await differing(others, own, db, found);
    for await (const [key, here, there] of statesOf(former, master, db, names)) {
      if (here.dump !== null || there.dump === null || changes.of(db, key) !== null) continue;
      found.add(lineOf(db, key, here, changes));
    }
  }
  return found.lines;
}

type Options = ConstructorParameters<typeof KeyReader>[2];

async function readersOf(
  nodes: readonly [RedisNode, RedisNode],
  options: Options,
): Promise<[KeyReader, KeyReader]> {
  const [one, other] = await Promise.all([askKeys(nodes[0]), askKeys(nodes[1])]);
  const since7 = one.since7 && other.since7;
  return [new KeyReader(one, since7, options), new KeyReader(other, since7, options)];
}

/** The keys of one that the other has not, or has otherwise: some more may be among them. */
async function differing(
  one: KeyReader,
  other: KeyReader,
  db: number,
  found: Found,
): Promise<Buffer[]> {
  const names = new Set<string>();
  const target = {
    database: other.quick(db),
    suspect: async (more: readonly string[]) => {
      for (const name of more) names.add(name);
      found.check(names.size);
      return true;
    },
    fail: (error: unknown) => {
      throw error;
    },
  };
  await findSuspects(one.quick(db), [target], () => {});
  return [...names].map(bytesOf);
}

/** The digests' scripts write every byte but letters, digits and `:._-` like `%0a`. */
function bytesOf(name: string): Buffer {
  const text = name.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(text, 'latin1');
}

async function* statesOf(
  former: Wire,
  master: Wire,
  db: number,
  keys: readonly Buffer[],
): AsyncGenerator<[Buffer, KeyState, KeyState]> {
  for (let at = 0; at < keys.length; at += BATCH) {
    const some = keys.slice(at, at + BATCH);
    const [here, there] = await Promise.all([
      readKeys(former, db, some),
      readKeys(master, db, some),
    ]);
    for (const [index, key] of some.entries()) {
      const [own, other] = [here[index], there[index]];
      if (own && other) yield [key, own, other];
    }
  }
}

function lineOf(db: number, key: Buffer, state: KeyState, changes: Changes | null): SalvagedWrite {
  const { dump, expiresAtMs } = state;
  const ttl = Buffer.from(String(expiresAtMs ?? 0));
  const args =
    dump === null ? [key] : [key, ttl, dump, Buffer.from('REPLACE'), Buffer.from('ABSTTL')];
  return {
    ...{ offset: null, db, command: dump === null ? 'DEL' : 'RESTORE', keys: [key], args },
    transaction: null,
    changed: changes && changes.of(db, key) !== null,
    after: [{ key, ...state }],
  };
}

/** What was found so far, as long as it isn't too much. */
class Found {
  readonly lines: SalvagedWrite[] = [];
  readonly #node: string;
  #bytes = 0;

  constructor(node: string) {
    this.#node = node;
  }

  add(line: SalvagedWrite): void {
    this.lines.push(line);
    for (const { key, dump } of line.after) this.#bytes += key.length + (dump?.length ?? 0);
    this.check(0);
  }

  /** @param more keys that are not among the lines yet */
  check(more: number): void {
    if (this.lines.length + more <= MOST_KEYS && this.#bytes <= MOST_BYTES) return;
    throw new FailedError(
      `too much of ${this.#node} differs from the master for its keys to be salvaged one by one`,
    );
  }
}
