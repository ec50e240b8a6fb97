/**
 * The auxiliary fields at the beginning of an RDB file, which say where in which stream it was
 * taken: `repl-id` and `repl-offset` (src/rdb.c, `rdbSaveInfoAuxFields`). Pure.
 */

/** The stream that a data set was taken from, and the last byte of it that it holds. */
export interface RdbOrigin {
  readonly id: string;
  readonly offset: number;
}

/** Enough for all auxiliary fields that a server writes. */
export const RDB_HEADER_BYTES = 1024;

const MAGIC_LENGTH = 9;
const AUX = 0xfa;
const ID = /^[0-9a-f]{40}$/;
const OFFSET = /^\d+$/;

/** Null if this is no RDB, or one of a server that was part of no replication. */
export function rdbOrigin(header: Uint8Array): RdbOrigin | null {
  const data = Buffer.from(header);
  if (!/^(REDIS|VALKEY)\d+$/.test(data.toString('latin1', 0, MAGIC_LENGTH))) return null;
  const fields = auxFields(data);
  const id = fields.get('repl-id') ?? '';
  const offset = fields.get('repl-offset') ?? '';
  return ID.test(id) && OFFSET.test(offset) ? { id, offset: Number(offset) } : null;
}

function auxFields(data: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  let at = MAGIC_LENGTH;
  while (data[at] === AUX) {
    const name = readString(data, at + 1);
    const value = name && readString(data, name.end);
    if (!name || !value) break;
    fields.set(name.text, value.text);
    at = value.end;
  }
  return fields;
}

/** A string with its length before it, or a number in its place; null where the header is cut short. */
function readString(data: Buffer, at: number): { text: string; end: number } | null {
  const first = data[at];
  if (first === undefined) return null;
  const kind = first >> 6;
  if (kind === 3) return readInteger(data, at + 1, first & 0x3f);
  if (kind === 2) return null; // 32 or 64 bits of length: longer than any header
  const wide = kind === 1;
  const length = wide ? ((first & 0x3f) << 8) | (data[at + 1] ?? 0) : first & 0x3f;
  const start = at + (wide ? 2 : 1);
  const end = start + length;
  return end > data.length ? null : { text: data.toString('latin1', start, end), end };
}

function readInteger(data: Buffer, at: number, encoding: number) {
  const size = [1, 2, 4][encoding];
  if (size === undefined || at + size > data.length) return null;
  return { text: String(data.readIntLE(at, size)), end: at + size };
}
