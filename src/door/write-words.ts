/**
 * Which commands write, and whether an answer tells that one was written: only for those that stand in a
 * master's stream as they were asked for, in every version. Pure.
 */

/** What a command is known by, at the door and in the stream: its name, and a hash of each argument. */
export interface Words {
  readonly name: string;
  readonly hashes: readonly number[];
}

/** Of a longer one only the beginning and the length count: so two that differ may be taken for one. */
export const HASHED_BYTES = 32;
/** More arguments than this are not looked at. */
export const MOST_ARGS = 16;

/** FNV-1a. */
export function hashOf(value: Buffer, from = 0, length = value.length - from): number {
  let hash = 0x811c9dc5 ^ length;
  const end = from + Math.min(length, HASHED_BYTES);
  for (let at = from; at < end; at += 1) hash = Math.imul(hash ^ (value[at] ?? 0), 0x01000193);
  return hash >>> 0;
}

/** When its answer says that it has written. */
export type Told = 'always' | 'not 0' | 'not nil';

const list = (words: string): string[] => words.split(' ');

const TOLD: ReadonlyMap<string, Told> = new Map([
  ...list(
    'SET GETSET SETEX PSETEX APPEND INCR INCRBY DECR DECRBY MSET RPUSH LPUSH LSET HSET HMSET HINCRBY PUBLISH',
  ).map((name) => [name, 'always'] as const),
  ...list('SETNX SADD SREM ZREM HSETNX HDEL DEL UNLINK LPUSHX RPUSHX LREM').map(
    (name) => [name, 'not 0'] as const,
  ),
  ...list('LPOP RPOP').map((name) => [name, 'not nil'] as const),
]);

/** These write nothing. */
const READS: ReadonlySet<string> = new Set(
  list(
    'PING ECHO TIME INFO ROLE DBSIZE COMMAND HELLO AUTH SELECT QUIT RESET CLIENT CONFIG WAIT WAITAOF WATCH UNWATCH ' +
      'GET MGET STRLEN GETRANGE SUBSTR EXISTS TYPE TTL PTTL EXPIRETIME PEXPIRETIME KEYS SCAN RANDOMKEY OBJECT MEMORY DUMP ' +
      'LRANGE LLEN LINDEX LPOS HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSTRLEN HSCAN HRANDFIELD ' +
      'SMEMBERS SISMEMBER SMISMEMBER SCARD SRANDMEMBER SINTER SUNION SDIFF SINTERCARD SSCAN ' +
      'ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZSCORE ZMSCORE ZCARD ZCOUNT ZLEXCOUNT ' +
      'ZRANK ZREVRANK ZSCAN ZRANDMEMBER XRANGE XREVRANGE XLEN XREAD XINFO XPENDING GETBIT BITCOUNT BITPOS ' +
      'GEODIST GEOHASH GEOPOS GEOSEARCH EVAL_RO EVALSHA_RO FCALL_RO SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE',
  ),
);

/** A time that may be over already: then a DEL stands in the stream. */
const UNSURE_OPTIONS: ReadonlySet<number> = new Set(
  ['EXAT', 'PXAT', 'exat', 'pxat'].map((text) => hashOf(Buffer.from(text))),
);
/** With this, the answer is the value before. */
const GET_OPTIONS: ReadonlySet<number> = new Set(
  ['GET', 'get'].map((text) => hashOf(Buffer.from(text))),
);

/** Null for what writes nothing; `unsure` where its answer doesn't tell what it wrote. */
export function tellingOf({ name, hashes }: Words): Told | 'unsure' | null {
  if (READS.has(name)) return null;
  const told = TOLD.get(name);
  if (told === undefined || hashes.length > MOST_ARGS) return 'unsure';
  if (name !== 'SET') return told;
  const options = hashes.slice(2);
  if (options.some((it) => UNSURE_OPTIONS.has(it) || GET_OPTIONS.has(it))) return 'unsure';
  return options.length === 0 ? 'always' : 'not nil';
}

/** @param line the first of the answer */
export function hasWritten(told: Told, line: string): boolean {
  if (told === 'always') return true;
  return told === 'not 0' ? line !== ':0' : !/^(\$-1|\*-1|_)/.test(line);
}

/**
 * The same number for a command at the door and for what stands of it in the stream. How long a value is
 * kept is spelled otherwise there.
 */
export function classOf({ name, hashes }: Words): number {
  const [key = 0, second = 0, third = 0] = hashes;
  if (name === 'SET' || name === 'GETSET') return joined(SET, [key, second]);
  if (name === 'SETEX' || name === 'PSETEX') return joined(SET, [key, third]);
  return joined(hashOf(Buffer.from(name, 'latin1')), hashes);
}

const SET = hashOf(Buffer.from('SET'));

/** 52 bits of them all. */
function joined(first: number, hashes: readonly number[]): number {
  let [high, low] = [first, ~first];
  for (const hash of hashes) {
    high = Math.imul(high ^ hash, 0x01000193);
    low = Math.imul(low ^ (hash >>> 15) ^ hash, 0x85ebca6b);
    low ^= low >>> 13;
  }
  return (high >>> 0) * 2 ** 20 + (low >>> 12);
}
