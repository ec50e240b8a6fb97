/**
 * Whether an AOF holds all that a replica has, by the last commands of both. Offsets can't tell:
 * an AOF has none. Its commands are those of the stream, in the same order, but for what only
 * one of the two carries (PING, SELECT, MULTI …), and for expiries before 7.0, which the stream
 * carries as spans and the AOF as times (`feedAppendOnlyFile`, src/aof.c). Pure.
 */
import { createHash } from 'node:crypto';
import type { Command } from './commands.js';

/** `unknown`: what is there of both has nothing in common, or fits in more than one way. */
export type Held = 'holds' | 'lacks' | 'unknown';

/** The end of what was written to a data set, as commands. */
export interface Past {
  readonly commands: readonly Command[];
  /** Nothing was written before the first of them. */
  readonly fromStart: boolean;
}

export function holdsAllOf(replica: Past, aof: Past): Held {
  const identity = new Map<string, number>();
  const wanted = identify(replica.commands, identity);
  const held = identify(aof.commands, identity);
  if (wanted.length === 0) return 'unknown';
  const [kept, lost] = [longestKept(wanted, held, aof.fromStart), longestLost(wanted, held)];
  if (kept === 0 && lost === 0) return aof.fromStart ? 'lacks' : 'unknown';
  // The same commands again and again fit in many ways; an accident is short.
  if (aof.fromStart && kept === wanted.length && kept === held.length) return 'holds';
  if (kept >= 2 * lost) return 'holds';
  return lost >= 2 * kept ? 'lacks' : 'unknown';
}

/** Fewer could be in common by accident; so many need not go on any further. */
const SURE = 8;
const ENOUGH = 200;

/**
 * How many of an AOF's commands a replica has at the most: all that follow the last one that both have.
 * Null if what they have in common is too little, or fits in more than one place.
 */
export function commonTo(replica: Past, aof: Past): number | null {
  const identity = new Map<string, number>();
  const wanted = identify(replica.commands, identity);
  const perCommand = aof.commands.map((command) => identify([command], identity));
  const held = perCommand.flat();
  const [[index = -1, length = 0] = [], [, next = 0] = []] = placesOfEnd(wanted, held).toSorted(
    ([, a], [, b]) => b - a,
  );
  const isAll = aof.fromStart && length === wanted.length;
  if (length === 0 || next > length / 2 || (length < SURE && !isAll)) return null;
  let effectsUpTo = 0;
  for (const [at, { length: effects }] of perCommand.entries()) {
    effectsUpTo += effects;
    if (effectsUpTo > index) return at + 1;
  }
  return null;
}

/** Where the replica's last command may be in the AOF, and how many commands up to it are the same. */
function placesOfEnd(wanted: readonly number[], held: readonly number[]): [number, number][] {
  return commonEnds(wanted, held).flatMap((length, index): [number, number][] =>
    length > 0 && length >= Math.min(wanted.length, index + 1, ENOUGH) ? [[index, length]] : [],
  );
}

/** The most commands in common if the AOF goes on to the replica's last one, and maybe beyond. */
function longestKept(wanted: readonly number[], held: readonly number[], fromStart: boolean) {
  const common = commonEnds(wanted, held);
  let longest = 0;
  for (const [index, length] of common.entries()) {
    // All that can be compared has to be the same; nothing is before an AOF that has all.
    const comparable = Math.min(wanted.length, index + 1);
    if (length < comparable || (fromStart && comparable < wanted.length)) continue;
    longest = Math.max(longest, comparable);
  }
  return longest;
}

/** The most in common if the AOF ends before the replica's last one. */
function longestLost(wanted: readonly number[], held: readonly number[]): number {
  const common = commonEnds(held, wanted);
  let longest = 0;
  for (const [index, length] of common.slice(0, -1).entries()) {
    const comparable = Math.min(held.length, index + 1);
    if (length >= comparable) longest = Math.max(longest, comparable);
  }
  return longest;
}

/** For each place in `text`, how many items up to it are the last ones of `pattern` (Z algorithm). */
function commonEnds(pattern: readonly number[], text: readonly number[]): number[] {
  const joined = [...pattern.toReversed(), -1, ...text.toReversed()];
  const lengths = new Array<number>(joined.length).fill(0);
  let [left, right] = [0, 0];
  for (let at = 1; at < joined.length; at += 1) {
    let length = at < right ? Math.min(right - at, lengths[at - left] ?? 0) : 0;
    while (at + length < joined.length && joined[length] === joined[at + length]) length += 1;
    lengths[at] = length;
    if (at + length > right) [left, right] = [at, at + length];
  }
  return lengths.slice(pattern.length + 1).reverse();
}

/** A number for each data command, the same for the same effect. */
function identify(commands: readonly Command[], identity: Map<string, number>): number[] {
  return commands.flatMap(({ args }) =>
    effects(args).map((words) => {
      const hash = createHash('sha1');
      for (const word of words) hash.update(`${word.length}:`).update(word);
      const digest = hash.digest('base64');
      const known = identity.get(digest) ?? identity.size;
      identity.set(digest, known);
      return known;
    }),
  );
}

type Words = readonly (Buffer | string)[];

/** Those that change no data, or stand in one of the two only. */
const NO_DATA = new Set([
  ...['PING', 'SELECT', 'REPLCONF', 'MULTI', 'EXEC', 'PUBLISH', 'SPUBLISH', 'SCRIPT'],
]);
const EXPIRIES = new Set(['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT']);

/** What a command does, without the moment at which a key expires, which the two write differently. */
function effects([first, ...args]: readonly Buffer[]): Words[] {
  const name = first?.toString('latin1').toUpperCase() ?? '';
  if (NO_DATA.has(name)) return [];
  const [key = '', second = '', third = ''] = args;
  if (EXPIRIES.has(name)) return [['PEXPIREAT', key]];
  if (name === 'SETEX' || name === 'PSETEX')
    return [
      ['SET', key, third],
      ['PEXPIREAT', key],
    ];
  if (name !== 'SET' || args.length <= 2) return [[name, ...args]];
  const expires = args.slice(2).some((it) => /^(EX|PX|EXAT|PXAT)$/i.test(it.toString('latin1')));
  const set = ['SET', key, second];
  return expires ? [set, ['PEXPIREAT', key]] : [set];
}
