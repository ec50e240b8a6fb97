/**
 * `salvage.jsonl`: a line that says what was salvaged, then a line for each write, in the order of
 * the stream. `salvage.resp`: the same writes as commands, for `redis-cli --pipe`. Pure.
 */
import { InvalidError } from '../errors.js';
import type { TapWrite } from './history.js';
import type { KeyState } from './key-state.js';
import { encodeCommand } from './wire.js';

/** Text where it is UTF-8. */
export type BytesJson = string | { readonly base64: string };

export interface SalvageHead {
  readonly topology: string;
  /** Whose writes these are, and the master that lacks them. */
  readonly node: string;
  readonly master: string;
  /**
   * Where the writes are from: the backlog of a server that lives, the AOF of one that was killed, or a
   * comparison of what it had on its disk with what the master has.
   */
  readonly source: 'stream' | 'aof' | 'data';
  /** The replication ids of both; null where the node's isn't known. */
  readonly id: string | null;
  readonly masterId: string;
  /** The last offset that they have in common, and the node's own; null where that isn't known. */
  readonly cut: number | null;
  readonly end: number | null;
  /** Bytes behind the cut that the node did not hold any more; null where it may have had more than its disk tells. */
  readonly missingBytes: number | null;
  readonly writes: number;
  /** When, as ISO 8601. */
  readonly at: string;
}

export interface SalvagedWrite extends Omit<TapWrite, 'node' | 'id' | 'begin' | 'offset'> {
  /** Null of one that is not from a stream. */
  readonly offset: number | null;
  /** Whether the master has changed one of its keys since the cut; null if that can't be told any more. */
  readonly changed: boolean | null;
  /** What those of its keys that nothing later wrote held in the end; empty if nobody could be asked. */
  readonly after: readonly (KeyState & { readonly key: Buffer })[];
}

export interface Salvage extends SalvageHead {
  readonly lines: readonly SalvagedWrite[];
}

export const toJson = (bytes: Buffer): BytesJson => {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
};

const fromJson = (json: BytesJson): Buffer =>
  typeof json === 'string' ? Buffer.from(json) : Buffer.from(json.base64, 'base64');

/** Line by line: all of them may be longer than a string can be. */
export function* salvageText({ lines, ...head }: Salvage): Generator<string> {
  yield `${JSON.stringify(head)}\n`;
  for (const line of lines) yield `${lineText(line)}\n`;
}

const lineText = ({ keys, args, after, ...rest }: SalvagedWrite): string =>
  JSON.stringify({
    ...rest,
    key: keys[0] === undefined ? null : toJson(keys[0]),
    keys: keys.map(toJson),
    args: args.map(toJson),
    after: after.map(({ key, dump, ...state }) => ({
      key: toJson(key),
      ...state,
      dump: dump?.toString('base64') ?? null,
    })),
  });

interface LineJson extends Omit<SalvagedWrite, 'keys' | 'args' | 'after'> {
  /** The first of `keys`, for who reads it by eye. */
  readonly key?: BytesJson | null;
  readonly keys: readonly BytesJson[];
  readonly args: readonly BytesJson[];
  readonly after: readonly (Omit<KeyState, 'dump'> & {
    readonly key: BytesJson;
    readonly dump: string | null;
  })[];
}

/** Throws `InvalidError` for a text that is none. */
export function parseSalvage(text: string, file: string): Salvage {
  try {
    const [head = '', ...rest] = text.trimEnd().split('\n');
    const facts = (JSON.parse(head) ?? {}) as SalvageHead;
    if (typeof facts.masterId !== 'string' || !isOffset(facts.cut))
      throw new Error('its first line does not say what it is');
    const lines = rest.map((line, index) => parseLine(line, index + 2));
    if (lines.length !== facts.writes)
      throw new Error(`${facts.writes} writes are promised, and ${lines.length} are there`);
    return { ...facts, lines };
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'its first line is no JSON' : messageOf(cause);
    throw new InvalidError(`${file} is no salvage.jsonl, or not all of one: ${reason}`, { cause });
  }
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

const isOffset = (value: unknown): boolean => value === null || typeof value === 'number';

function parseLine(text: string, number: number): SalvagedWrite {
  try {
    const { key: _, ...line } = JSON.parse(text) as LineJson;
    if (!isOffset(line.db) || typeof line.command !== 'string') throw new Error('no write');
    return {
      ...line,
      keys: line.keys.map(fromJson),
      args: line.args.map(fromJson),
      after: line.after.map(({ key, dump, ...state }) => ({
        ...state,
        key: fromJson(key),
        dump: dump === null ? null : Buffer.from(dump, 'base64'),
      })),
    };
  } catch (cause) {
    throw new Error(`line ${number} is no salvaged write`, { cause });
  }
}

/** Commands for `redis-cli --pipe`. Those in a database that isn't known, and messages, are left out. */
export function* salvageCommands(lines: readonly SalvagedWrite[]): Generator<Buffer> {
  let [db, transaction] = [null as number | null, null as number | null];
  for (const line of lines) {
    if (line.db === null || line.keys.length === 0) continue;
    if (transaction !== null && line.transaction !== transaction) yield encodeCommand(['EXEC']);
    if (line.db !== db) yield encodeCommand(['SELECT', String(line.db)]);
    if (line.transaction !== null && line.transaction !== transaction)
      yield encodeCommand(['MULTI']);
    yield encodeCommand([line.command, ...line.args]);
    [db, transaction] = [line.db, line.transaction];
  }
  if (transaction !== null) yield encodeCommand(['EXEC']);
}
