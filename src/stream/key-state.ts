/** What keys hold, read from a server: to put it elsewhere, and to tell whether it is the same. */
import { createHash } from 'node:crypto';
import { ReplyError } from '../redis/node.js';
import type { Reply, Wire } from './wire.js';

/** A key that isn't there has no type, no dump, no digest and no expiry. */
export interface KeyState {
  /** As TYPE says it; null if the key isn't there. */
  readonly type: string | null;
  /** As DUMP writes it; null if the key isn't there. */
  readonly dump: Buffer | null;
  /** Milliseconds since the epoch; null if it never expires. */
  readonly expiresAtMs: number | null;
  /** The same on any two servers where the key holds the same; a dump isn't. */
  readonly digest: string | null;
}

const BATCH = 200;
/** A time to live is told a moment after it was read. */
const SLACK_MS = 1000;

/** What a key that isn't there holds. */
export const NOTHING: KeyState = { type: null, dump: null, expiresAtMs: null, digest: null };

type Compared = Pick<KeyState, 'digest' | 'expiresAtMs'>;

export const isSame = (one: Compared, other: Compared): boolean => {
  if (one.digest !== other.digest) return false;
  if (one.expiresAtMs === null || other.expiresAtMs === null)
    return one.expiresAtMs === other.expiresAtMs;
  return Math.abs(one.expiresAtMs - other.expiresAtMs) <= SLACK_MS;
};

/** In the order of `keys`. The wire is left in this database. */
export async function readKeys(
  wire: Wire,
  db: number,
  keys: readonly Buffer[],
): Promise<KeyState[]> {
  await wire.ask('SELECT', String(db));
  const states: KeyState[] = [];
  for (let at = 0; at < keys.length; at += BATCH) {
    states.push(...(await readBatch(wire, keys.slice(at, at + BATCH))));
  }
  return states;
}

/** A dump ends with the version of its format and 8 bytes of checksum. 0 for what is none. */
export const dumpVersion = (dump: Buffer): number =>
  dump.length < 10 ? 0 : dump.readUInt16LE(dump.length - 10);

/** The newest version that a server reads, which is the one that it writes; null while it has no key. */
export async function newestDump(wire: Wire): Promise<number | null> {
  const [, db] = /^db(\d+):/m.exec(await wire.askText('INFO', 'keyspace')) ?? [];
  if (db === undefined) return null;
  await wire.ask('SELECT', db);
  const key = await wire.ask('RANDOMKEY');
  const dump = key instanceof Buffer ? await wire.ask('DUMP', key) : null;
  return dump instanceof Buffer ? dumpVersion(dump) : null;
}

async function readBatch(wire: Wire, keys: readonly Buffer[]): Promise<KeyState[]> {
  const replies = await wire.askAll(
    keys.flatMap((key) => [
      ['TYPE', key],
      ['DUMP', key],
      ['PTTL', key],
    ]),
  );
  const nowMs = Date.now();
  const types = keys.map((_, index) => String(replies[3 * index]));
  const contents = await wire.askAll(
    keys.map((key, index) => readCommand(types[index] ?? '', key)),
  );
  return keys.map((_, index) => {
    const [dump, ttl] = [replies[3 * index + 1], replies[3 * index + 2]];
    if (dump instanceof ReplyError) throw dump;
    if (!(dump instanceof Buffer)) return NOTHING;
    const expires = typeof ttl === 'number' && ttl >= 0;
    const type = types[index] ?? '';
    return {
      ...{ type, dump },
      expiresAtMs: expires ? nowMs + ttl : null,
      digest: digestOf(type, contents[index] ?? null, dump),
    };
  });
}

function readCommand(type: string, key: Buffer): (string | Buffer)[] {
  switch (type) {
    case 'string':
      return ['GET', key];
    case 'list':
      return ['LRANGE', key, '0', '-1'];
    case 'set':
      return ['SMEMBERS', key];
    case 'hash':
      return ['HGETALL', key];
    case 'zset':
      return ['ZRANGE', key, '0', '-1', 'WITHSCORES'];
    case 'stream':
      return ['XRANGE', key, '-', '+'];
    default:
      return ['TYPE', key];
  }
}

/** Of a type that isn't known here, a module's, its dump. */
function digestOf(type: string, content: Reply, dump: Buffer): string {
  const hash = createHash('sha1').update(`${type}\n`);
  const known = ['string', 'list', 'set', 'hash', 'zset', 'stream'].includes(type);
  for (const part of known ? arrange(type, content) : [dump]) {
    hash.update(`${part.length}:`).update(part);
  }
  return hash.digest('base64');
}

function arrange(type: string, content: Reply): Buffer[] {
  const parts = flat(content);
  if (type === 'set') return parts.toSorted(Buffer.compare);
  if (type !== 'hash') return parts;
  const fields = parts.flatMap((part, index) =>
    index % 2 === 0 ? [[part, parts[index + 1]]] : [],
  );
  return fields
    .toSorted(([a = EMPTY], [b = EMPTY]) => Buffer.compare(a, b))
    .flat()
    .map((part) => part ?? EMPTY);
}

const EMPTY = Buffer.alloc(0);

function flat(reply: Reply): Buffer[] {
  if (reply instanceof Buffer) return [reply];
  if (reply instanceof ReplyError) throw reply;
  if (Array.isArray(reply)) return reply.flatMap(flat);
  return [Buffer.from(String(reply))];
}
