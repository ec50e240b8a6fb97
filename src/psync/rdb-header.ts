/**
 * The beginning of an RDB file (`rdbSaveRio`, src/rdb.c): its format, auxiliary fields that say
 * who wrote it, when, and where in which stream it was taken, and how many keys follow. Pure.
 */
import type { Software } from '../redis/rdb-format.js';

/** The stream that a data set was taken from, and the last byte of it that it holds. */
export interface RdbOrigin {
  readonly id: string;
  readonly offset: number;
}

export interface RdbHeader {
  /** RDB_VERSION of who wrote it. */
  readonly format: number;
  /** Null before 3.2. */
  readonly writer: Software | null;
  /** When it was begun, in whole seconds, as milliseconds since the epoch. */
  readonly createdMs: number | null;
  /** Null of a server that was part of no replication. */
  readonly origin: RdbOrigin | null;
  /**
   * Keys of its first database that isn't empty, expired ones included: 0 if there is none.
   * Null where the beginning that was read doesn't reach that far.
   */
  readonly keys: number | null;
}

/** Enough for all auxiliary fields that a server writes. */
export const RDB_HEADER_BYTES = 1024;

const AUX = 0xfa;
const FUNCTION = 0xf5;
const SELECT_DB = 0xfe;
const RESIZE_DB = 0xfb;
const END = 0xff;

const MAGIC = /^(?:REDIS(\d{4})|VALKEY(\d{3}))$/;
const MAGIC_LENGTH = 9;
const ID = /^[0-9a-f]{40}$/;
const NUMBER = /^\d+$/;

/** Null if this is no RDB. @param header its first bytes; fewer tell less, and nothing wrong. */
export function parseRdbHeader(header: Uint8Array): RdbHeader | null {
  const data = Buffer.from(header);
  const [, redis, valkey] = MAGIC.exec(data.toString('latin1', 0, MAGIC_LENGTH)) ?? [];
  const format = redis ?? valkey;
  if (format === undefined) return null;
  const { fields, end } = auxFields(data);
  const seconds = fields.get('ctime') ?? '';
  return {
    format: Number(format),
    writer: writerOf(fields),
    createdMs: NUMBER.test(seconds) ? Number(seconds) * 1000 : null,
    origin: originOf(fields),
    keys: countKeys(data, end),
  };
}

/** Null if this is no RDB, or one of a server that was part of no replication. */
export const rdbOrigin = (header: Uint8Array): RdbOrigin | null =>
  parseRdbHeader(header)?.origin ?? null;

function writerOf(fields: ReadonlyMap<string, string>): Software | null {
  const valkey = fields.get('valkey-ver');
  if (valkey !== undefined) return { product: 'valkey', version: valkey };
  const redis = fields.get('redis-ver');
  return redis === undefined ? null : { product: 'redis', version: redis };
}

function originOf(fields: ReadonlyMap<string, string>): RdbOrigin | null {
  const id = fields.get('repl-id') ?? '';
  const offset = fields.get('repl-offset') ?? '';
  return ID.test(id) && NUMBER.test(offset) ? { id, offset: Number(offset) } : null;
}

/** `end` is behind the last field that is whole. */
function auxFields(data: Buffer): { fields: Map<string, string>; end: number } {
  const fields = new Map<string, string>();
  let at = MAGIC_LENGTH;
  while (data[at] === AUX) {
    const name = readString(data, at + 1);
    const value = name && readString(data, name.end);
    if (!name || !value) break;
    fields.set(name.text, value.text);
    at = value.end;
  }
  return { fields, end: at };
}

/** Behind the fields stand function libraries, then each database with its sizes before its keys. */
function countKeys(data: Buffer, begin: number): number | null {
  let at: number | undefined = begin;
  while (at !== undefined && data[at] === FUNCTION) at = readString(data, at + 1)?.end;
  if (at === undefined) return null;
  if (data[at] === END) return 0;
  const database = data[at] === SELECT_DB ? readLength(data, at + 1) : null;
  if (database === null || data[database.end] !== RESIZE_DB) return null;
  return readLength(data, database.end + 1)?.value ?? null;
}

/** A string with its length before it, or a number in its place; null where the header is cut short. */
function readString(data: Buffer, at: number): { text: string; end: number } | null {
  const first = data[at];
  if (first === undefined) return null;
  if (first >> 6 === 3) {
    const encoding = first & 0x3f;
    return encoding === COMPRESSED
      ? skipCompressed(data, at + 1)
      : readInteger(data, at + 1, encoding);
  }
  const length = readLength(data, at);
  if (length === null) return null;
  const end = length.end + length.value;
  return end > data.length ? null : { text: data.toString('latin1', length.end, end), end };
}

/** In 6, 14, 32 or 64 bits, big end first; null where the header is cut short. */
function readLength(data: Buffer, at: number): { value: number; end: number } | null {
  const first = data[at];
  if (first === undefined) return null;
  const size = first < 0x40 ? 0 : first < 0x80 ? 1 : first === 0x80 ? 4 : first === 0x81 ? 8 : -1;
  const end = at + 1 + size;
  if (size < 0 || end > data.length) return null;
  if (size === 8) return { value: Number(data.readBigUInt64BE(at + 1)), end };
  if (size === 4) return { value: data.readUInt32BE(at + 1), end };
  return { value: size === 0 ? first : ((first & 0x3f) << 8) | data.readUInt8(at + 1), end };
}

function readInteger(data: Buffer, at: number, encoding: number) {
  const size = [1, 2, 4][encoding];
  if (size === undefined || at + size > data.length) return null;
  return { text: String(data.readIntLE(at, size)), end: at + size };
}

const COMPRESSED = 3;

/** Only function libraries are long enough for it, and nothing of them is told but where they end. */
function skipCompressed(data: Buffer, at: number): { text: string; end: number } | null {
  const packed = readLength(data, at);
  const length = packed && readLength(data, packed.end);
  if (packed === null || length === null) return null;
  const end = length.end + packed.value;
  return end > data.length ? null : { text: '', end };
}
