/**
 * Puts keys there all together or not at all, and only if no client has changed one of them since they were looked
 * at. Few keys are watched (WATCH): whatever touches one is seen. For each more, a server looks through all that a
 * connection watches, so of many keys a script compares what they hold with what they held.
 */
import { ReplyError } from '../redis/node.js';
import { NOTHING } from '../stream/key-state.js';
import type { Reply, Wire } from '../stream/wire.js';
import { asOfNow } from './held.js';
import type { GroupKey, KeyGroup } from './salvage-groups.js';

/** What became of a change. */
export interface Changed {
  /** What the server answered to a group that it refused; nothing of the others. */
  readonly refusals: ReadonlyMap<KeyGroup, string>;
  /**
   * The master's offset just before, if a client may have written a key until then without being seen: what it
   * held already. Null if every write is seen.
   */
  readonly before: number | null;
}

export interface Guard {
  /** Rejects with `ReplyError` if the server refuses it. */
  look(groups: readonly KeyGroup[]): Promise<void>;
  /** Null if a key was changed since the look; then nothing is done. */
  change(groups: readonly KeyGroup[]): Promise<Changed | null>;
}

/** Keys that are watched at a time. */
export const MOST_WATCHED = 1000;

export const guardOf = (wire: Wire, groups: readonly KeyGroup[]): Guard =>
  keysOf(groups).length > MOST_WATCHED ? new ByScript(wire) : new ByWatch(wire);

const keysOf = (groups: readonly KeyGroup[]): GroupKey[] => groups.flatMap(({ keys }) => keys);

class ByWatch implements Guard {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async look(groups: readonly KeyGroup[]): Promise<void> {
    const commands = keysOf(groups).flatMap(({ db, key }) => [
      ['SELECT', String(db)],
      ['WATCH', key],
    ]);
    const refused = (await this.#wire.askAll(commands)).find((it) => it instanceof ReplyError);
    if (refused instanceof ReplyError) throw refused;
  }

  async change(groups: readonly KeyGroup[]): Promise<Changed | null> {
    const commands = groups.flatMap(({ keys }) => keys.flatMap(restoring));
    const replies = await this.#wire.askAll([['MULTI'], ...commands, ['EXEC']]);
    const result = replies.at(-1) ?? null;
    if (result === null) return null;
    const refusals = new Map<KeyGroup, string>();
    let at = 0;
    for (const group of groups) {
      const own = partOf(result, at, 2 * group.keys.length);
      at += 2 * group.keys.length;
      // Refused as a whole: what was refused of it, and why, is among the replies.
      const refused = result instanceof ReplyError ? (refusal(replies) ?? result) : refusal(own);
      if (refused) refusals.set(group, refused.reply);
    }
    return { refusals, before: null };
  }
}

const partOf = (replies: Reply, at: number, length: number): readonly Reply[] =>
  Array.isArray(replies) ? replies.slice(at, at + length) : [];

const refusal = (replies: readonly Reply[]): ReplyError | undefined =>
  replies.find((it) => it instanceof ReplyError);

/** Two commands. */
function restoring(key: GroupKey): (string | Buffer)[][] {
  const { dump, expires } = wishOf(key);
  const select = ['SELECT', String(key.db)];
  if (dump === null) return [select, ['DEL', key.key]];
  return [select, ['RESTORE', key.key, expires, dump, 'REPLACE', 'ABSTTL']];
}

function wishOf({ state }: GroupKey) {
  const { dump, expiresAtMs } = asOfNow(state ?? NOTHING);
  return { dump, expires: String(expiresAtMs ?? 0) };
}

/** Of one group, which has too many keys to be watched. */
class ByScript implements Guard {
  readonly #wire: Wire;
  readonly #held = new Map<GroupKey, readonly [digest: Buffer, expires: string]>();

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async look(groups: readonly KeyGroup[]): Promise<void> {
    const keys = keysOf(groups);
    for (let at = 0; at < keys.length; at += AT_A_TIME) {
      const some = keys.slice(at, at + AT_A_TIME);
      const words = some.flatMap(({ db, key }) => [String(db), key]);
      const found = await this.#wire.ask('EVAL', LOOK, '0', ...words);
      for (const [index, key] of some.entries()) {
        const [digest, expires] = partOf(found, 2 * index, 2);
        if (digest instanceof Buffer) this.#held.set(key, [digest, String(expires)]);
      }
    }
  }

  async change(groups: readonly KeyGroup[]): Promise<Changed | null> {
    const words = keysOf(groups).flatMap((it) => {
      const { dump, expires } = wishOf(it);
      return [String(it.db), it.key, ...(this.#held.get(it) ?? ['', '']), expires, dump ?? ''];
    });
    const [reply = null] = await this.#wire.askAll([['EVAL', CHANGE, '0', ...words]]);
    if (reply === null) return null;
    if (!(reply instanceof ReplyError)) return { refusals: new Map(), before: Number(reply) };
    return { refusals: new Map(groups.map((it) => [it, reply.reply])), before: null };
  }
}

/** A server does nothing else meanwhile. */
const AT_A_TIME = 200;

/** Of a key: the digest of its dump, and when it expires; an empty text and 0 where it isn't there. */
const HELD = `
if redis.replicate_commands then redis.replicate_commands() end
local function held(db, key)
  redis.call('SELECT', db)
  local dump = redis.call('DUMP', key)
  if not dump then return '', 0 end
  local ttl = redis.call('PTTL', key)
  if ttl < 0 then return redis.sha1hex(dump), 0 end
  local now = redis.call('TIME')
  return redis.sha1hex(dump), now[1] * 1000 + math.floor(now[2] / 1000) + ttl
end`;

/** ARGV: database and key of each. */
const LOOK = `${HELD}
local found = {}
for i = 1, #ARGV, 2 do
  found[i], found[i + 1] = held(ARGV[i], ARGV[i + 1])
end
return found`;

/**
 * ARGV: database, key, the digest and expiry that were found, the expiry and dump that it is to have, of each.
 * Nothing if one is another (times to live are told a moment later); else the offset before. A server without memory
 * refuses the first RESTORE, so these come first.
 */
const CHANGE = `${HELD}
for i = 1, #ARGV, 6 do
  local digest, expires = held(ARGV[i], ARGV[i + 1])
  if digest ~= ARGV[i + 2] or math.abs(expires - tonumber(ARGV[i + 3])) > 1000 then return false end
end
local offset = string.match(redis.call('INFO', 'replication'), 'master_repl_offset:(%d+)')
for i = 1, #ARGV, 6 do
  if ARGV[i + 5] ~= '' then
    redis.call('SELECT', ARGV[i])
    redis.call('RESTORE', ARGV[i + 1], ARGV[i + 4], ARGV[i + 5], 'REPLACE', 'ABSTTL')
  end
end
for i = 1, #ARGV, 6 do
  if ARGV[i + 5] == '' then
    redis.call('SELECT', ARGV[i])
    redis.call('DEL', ARGV[i + 1])
  end
end
return offset`;
