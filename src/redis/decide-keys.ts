/**
 * Whether keys are the same on two nodes of one replication stream, while clients write and keys
 * expire. They are looked at again, at the same point of the stream, until it is known.
 */

import { DeadlineError } from '../errors.js';
import { sleep } from '../sleep.js';
import { type Database, type DigestOptions, type KeyLine, stateOf } from './digest-slices.js';
import { difference, type KeyDifference } from './key-difference.js';
import type { RedisNode } from './node.js';
import { passBarrier } from './probes.js';
import { atSamePoint, type Sample } from './same-point.js';
import { Deadline } from './wait.js';

export interface Undecided {
  readonly db: number;
  readonly name: string;
  readonly why: typeof NO_POINT | typeof TOO_LONG;
}

const NO_POINT = 'not seen on both at one point of the stream';
const TOO_LONG = 'too long to be read at once, and written all the time';

export interface CompareOptions extends DigestOptions {
  /** After so many keys that differ, the rest is not looked at. */
  readonly limit: number;
}

export interface Decided {
  /** At most as many as were asked for. */
  readonly different: readonly KeyDifference[];
  /** Neither found equal nor different until the deadline. */
  readonly undecided: readonly Undecided[];
}

/** A node gets so long to catch up before what it lacks is a difference. */
const CATCH_UP_MS = 5000;
/** In this time the two are looked at for a common point. */
const LOOK_MS = 1000;
/** So often in a row a key must differ: what expires between two readings does so once. */
const LOOKS = 3;
const BETWEEN_LOOKS_MS = 50;
/** Keys a look, the first time. */
const BATCH = 100;

export interface Pair {
  readonly first: Database;
  readonly second: Database;
}

/** Rejects with `DeadlineError` if the second doesn't get where the first was. */
export async function catchUp(
  first: RedisNode,
  second: RedisNode,
  { deadline, signal }: DigestOptions,
) {
  const within = new Deadline(Math.min(CATCH_UP_MS, deadline.remainingMs()));
  await passBarrier(first, second, { deadline: within, signal });
}

/** Until every key is decided, enough of them differ, or the deadline has come. */
export async function decide(
  pair: Pair,
  names: readonly string[],
  options: CompareOptions,
): Promise<Decided> {
  const { db } = pair.first.reading;
  const different: KeyDifference[] = [];
  const decided = (undecided: readonly Undecided[]): Decided => ({
    different: different.slice(0, options.limit),
    undecided,
  });
  let open = names.map((name): Undecided => ({ db, name, why: NO_POINT }));
  for (let size = BATCH; open.length > 0 && different.length < options.limit; size = 1) {
    const later: Undecided[] = [];
    for (let at = 0; at < open.length; at += size) {
      const over = different.length >= options.limit || options.deadline.remainingMs() === 0;
      const batch = open.slice(at, over ? undefined : at + size);
      if (over) return decided([...later, ...batch]);
      for (const [name, seen] of await lookRepeatedly(pair, batch, options)) {
        if (seen === NO_POINT || seen === TOO_LONG) later.push({ db, name, why: seen });
        else if (seen !== 'equal') different.push({ db, name, what: seen });
      }
    }
    open = later;
  }
  return decided(open);
}

type Seen = 'equal' | KeyDifference['what'] | Undecided['why'];

async function lookRepeatedly(
  pair: Pair,
  keys: readonly Undecided[],
  options: CompareOptions,
): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>();
  let names = keys.map(({ name }) => name);
  for (let look = 1; look <= LOOKS && names.length > 0; look += 1) {
    if (look > 1) await sleep(BETWEEN_LOOKS_MS, options.signal);
    for (const [name, what] of await lookOnce(pair, names, options)) seen.set(name, what);
    names = names.filter((name) => DIFFERENCES.has(seen.get(name) ?? 'equal'));
  }
  return seen;
}

const DIFFERENCES: ReadonlySet<Seen> = new Set([
  'differs',
  'expiry',
  'only on the first',
  'only on the second',
]);

async function lookOnce(
  pair: Pair,
  names: readonly string[],
  options: CompareOptions,
): Promise<Map<string, Seen>> {
  options.signal.throwIfAborted();
  const { first, second } = pair;
  const read = async (database: Database): Promise<Sample<readonly KeyLine[]>> => {
    const { point, lines } = await database.look(names);
    return { point, value: lines };
  };
  const ms = Math.min(LOOK_MS, options.deadline.remainingMs());
  const found = await atSamePoint(
    () => read(first),
    () => read(second),
    ms,
  );
  const [ours, theirs] = (found ?? []).map(
    (lines) => new Map(lines.map((line) => [line.name, line])),
  );
  const seen = new Map<string, Seen>();
  for (const name of names) {
    const [one, other] = [ours?.get(name), theirs?.get(name)];
    if (one === undefined || other === undefined) seen.set(name, NO_POINT);
    else if (one.at === '' && other.at === '') {
      seen.set(name, difference(stateOf(one), stateOf(other), first.reading.since7) ?? 'equal');
    } else if (names.length > 1) seen.set(name, NO_POINT);
    else seen.set(name, await lookAtLongKey(pair, one, other, options));
  }
  return seen;
}

/** What reads the same before and after the other was read has not changed meanwhile. */
async function lookAtLongKey(
  { first, second }: Pair,
  ours: KeyLine,
  theirs: KeyLine,
  options: DigestOptions,
): Promise<Seen> {
  if (theirs.type === 'none') return 'only on the first';
  if (ours.type === 'none') return 'only on the second';
  try {
    const before = await first.readInSlices(ours);
    await catchUp(first.node, second.node, options);
    const other = await second.readInSlices(theirs);
    const after = await first.readInSlices(ours);
    if (before !== after) return TOO_LONG;
    return difference(before, other, first.reading.since7) ?? 'equal';
  } catch (error) {
    if (error instanceof DeadlineError && options.deadline.remainingMs() === 0) return TOO_LONG;
    throw error;
  }
}
