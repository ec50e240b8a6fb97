/** Goes through a database of one node and finds what another node may hold otherwise. */

import { type Database, type KeyLine, type Slice, stateOf } from './digest-slices.js';
import { difference } from './key-difference.js';

/** Another node, and who is told of its suspects. */
export interface Target {
  readonly database: Database;
  /** Keys that one look at both nodes showed otherwise; once `false`, no more is looked for. */
  suspect(names: readonly string[]): Promise<boolean>;
  /** It can't be compared; no more is looked for. */
  fail(error: unknown): void;
}

/**
 * Digests many keys together, and only where that differs, each by itself. `onSlice` is told of every
 * slice.
 */
export async function findSuspects(
  source: Database,
  targets: readonly Target[],
  onSlice: (slice: Slice) => void,
): Promise<void> {
  let open = [...targets];
  for await (const slice of source.sweep()) {
    onSlice(slice);
    const compare = (target: Target) =>
      compareSlice(source, target, slice).catch((error) => {
        target.fail(error);
        return false;
      });
    const goOn = await Promise.all(open.map(compare));
    open = open.filter((_, index) => goOn[index]);
    if (open.length === 0 && targets.length > 0) return;
  }
}

async function compareSlice(source: Database, target: Target, slice: Slice): Promise<boolean> {
  const suspects: string[] = [];
  if (slice.count > 0 && !(await target.database.matches(slice))) {
    suspects.push(...(await narrow(source, target.database, slice.names.split(' '))));
  }
  for (const key of slice.long) {
    const [ours, theirs] = await Promise.all([
      source.readInSlices(key),
      target.database.readInSlices(key),
    ]);
    if (difference(ours, theirs, source.reading.since7) !== undefined) suspects.push(key.name);
  }
  return suspects.length === 0 || target.suspect(suspects);
}

/** Those of the keys that a look at each of the two shows otherwise. */
async function narrow(
  source: Database,
  target: Database,
  names: readonly string[],
): Promise<string[]> {
  const suspects: string[] = [];
  for (let at = 0; at < names.length; ) {
    const rest = names.slice(at);
    const [ours, theirs] = await Promise.all([source.look(rest), target.look(rest)]);
    const seen = Math.min(ours.lines.length, theirs.lines.length);
    const pairs = rest.slice(0, seen).map((name, i) => [name, ours.lines[i], theirs.lines[i]]);
    for (const [name, one, other] of pairs as [string, KeyLine, KeyLine][]) {
      if (isSuspect(one, other, source.reading.since7)) suspects.push(name);
    }
    at += seen;
  }
  return suspects;
}

const isSuspect = (one: KeyLine, other: KeyLine, since7: boolean): boolean =>
  one.at !== '' ||
  other.at !== '' ||
  difference(stateOf(one), stateOf(other), since7) !== undefined;
