/**
 * Puts salvaged writes into the new master: not the commands again, which may count twice, but what
 * each key held in the end. A key that was changed there since the two parted is a conflict. Keys that one
 * command or transaction wrote together are put there together, or not at all.
 */
import { keyText } from '../format.js';
import { askReplication } from '../stream/attach.js';
import { keyId } from '../stream/changes.js';
import { dumpVersion, newestDump } from '../stream/key-state.js';
import { type Bounds, withWire } from '../stream/read-stream.js';
import type { Salvage, SalvagedWrite } from '../stream/salvage-file.js';
import type { StreamPlace, Wire } from '../stream/wire.js';
import { isScript } from '../stream/written-keys.js';
import { holding, isKnown } from './held.js';
import { type Changed, guardOf, MOST_WATCHED } from './key-guard.js';
import { groupKeys, type KeyGroup } from './salvage-groups.js';
import { SinceCut } from './since-cut.js';

/** What becomes of a key that both have changed: the new master's stays, or the salvaged one replaces it. */
export type OnConflict = (group: KeyGroup, why: string) => Promise<'skip' | 'overwrite'>;

export interface Outcome {
  readonly db: number | null;
  /** As text; null for a command that writes no key. */
  readonly key: string | null;
  /** Names of the commands, in their order. */
  readonly commands: readonly string[];
  /**
   * `verified`: it holds there now what it held on the former master. `same`: it held it already.
   * `skipped`: why says what it conflicts with. `failed`: why says what the server answered, or what it
   * holds instead.
   */
  readonly result: 'verified' | 'same' | 'skipped' | 'failed';
  readonly why: string | null;
}

export interface Apply {
  readonly salvage: Salvage;
  readonly master: StreamPlace;
  readonly onConflict: OnConflict;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Tells what became of each key. Rejects with `FailedError` if the master is none that took over from that node. */
export const applySalvage = (apply: Apply, bounds: Bounds): Promise<void> =>
  withWire(apply.master, bounds, async (wire) => {
    const since = await SinceCut.open(apply.salvage, apply.master, await askReplication(wire));
    try {
      const newest = await newestDump(wire);
      const { groups, others } = groupKeys(apply.salvage.lines);
      for (const some of batches(groups)) {
        const batch = new Batch(wire, since, newest, apply.onConflict);
        for (const outcome of await batch.apply(some)) apply.onOutcome(outcome);
      }
      for (const line of others) apply.onOutcome(outcomeOfOther(line));
    } finally {
      since.close();
    }
  });

/** Groups in one transaction. */
const BATCH = 100;

/** Of so many keys as can be watched; one that has more is alone. */
function batches(groups: readonly KeyGroup[]): KeyGroup[][] {
  const all: KeyGroup[][] = [];
  let keys = 0;
  for (const group of groups) {
    keys += group.keys.length;
    const last = all.at(-1);
    if (last && last.length < BATCH && keys <= MOST_WATCHED) {
      last.push(group);
      continue;
    }
    all.push([group]);
    keys = group.keys.length;
  }
  return all;
}

/** A client may write a key between the look and the change: then all are looked at again. */
const TRIES = 10;

class Batch {
  readonly #wire: Wire;
  readonly #since: SinceCut;
  readonly #newest: number | null;
  readonly #onConflict: OnConflict;
  readonly #answers = new Map<KeyGroup, 'skip' | 'overwrite'>();

  /** @param newest the newest version of dumps that the server reads; null if it isn't known */
  constructor(wire: Wire, since: SinceCut, newest: number | null, onConflict: OnConflict) {
    this.#wire = wire;
    this.#since = since;
    this.#newest = newest;
    this.#onConflict = onConflict;
  }

  async apply(groups: readonly KeyGroup[]): Promise<Outcome[]> {
    const guard = guardOf(this.#wire, groups);
    for (let tries = 1; tries <= TRIES; tries += 1) {
      await guard.look(groups);
      const { wanted, left } = await this.#decide(groups);
      const changed = await guard.change(wanted);
      if (changed === null) continue;
      const done = await this.#results(wanted, changed);
      return groups.flatMap((group) => left.get(group) ?? done.get(group) ?? []);
    }
    return groups.flatMap((group) =>
      outcomes(group, 'skipped', 'it is being written all the time'),
    );
  }

  /** Which groups are to be changed, and what is to be said of the others. */
  async #decide(groups: readonly KeyGroup[]) {
    const same = await holding(this.#wire, groups);
    await this.#since.readTo((await askReplication(this.#wire)).offset);
    const left = new Map<KeyGroup, Outcome[]>();
    for (const group of groups) {
      if (same.has(group)) {
        left.set(group, outcomes(group, 'same', null));
        continue;
      }
      if (!isKnown(group)) {
        left.set(group, outcomes(group, 'skipped', UNKNOWN));
        continue;
      }
      if (isTooNew(group, this.#newest)) {
        left.set(group, outcomes(group, 'failed', TOO_NEW));
        continue;
      }
      const why = this.#conflictOf(group);
      if (why == null) continue;
      const answer = this.#answers.get(group) ?? (await this.#onConflict(group, why));
      this.#answers.set(group, answer);
      if (answer === 'skip') left.set(group, outcomes(group, 'skipped', why));
    }
    return { wanted: groups.filter((group) => !left.has(group)), left };
  }

  #conflictOf({ keys }: KeyGroup): string | null {
    return keys.map((key) => this.#since.conflictOf(key)).find((it) => it !== null) ?? null;
  }

  async #results(groups: readonly KeyGroup[], { refusals, before }: Changed) {
    const verified = await holding(this.#wire, groups);
    if (before !== null) await this.#since.readTo(before);
    const done = new Map<KeyGroup, Outcome[]>();
    for (const group of groups) {
      const why = this.#failureOf(group, refusals.get(group), verified.has(group));
      done.set(group, outcomes(group, why === null ? 'verified' : 'failed', why));
    }
    return done;
  }

  /** Null if it was put there. */
  #failureOf(group: KeyGroup, refused: string | undefined, isThere: boolean): string | null {
    if (refused !== undefined) return refused.includes(REFUSED_DUMP) ? TOO_NEW : refused;
    if (!isThere) return 'afterwards it holds something else';
    const unseen = this.#answers.has(group) ? null : this.#conflictOf(group);
    return unseen && `it was put back, but ${unseen}, to what it held already`;
  }
}

const UNKNOWN = 'the file does not say what it held in the end';
const TOO_NEW = 'its server is older than the one that held it, and can’t read what that one wrote';
const REFUSED_DUMP = 'DUMP payload version';

const isTooNew = ({ keys }: KeyGroup, newest: number | null): boolean =>
  newest !== null && keys.some(({ state }) => state?.dump && dumpVersion(state.dump) > newest);

function outcomes(group: KeyGroup, result: Outcome['result'], why: string | null): Outcome[] {
  const commands = new Map<string, string[]>();
  for (const { db, command, keys } of group.writes) {
    for (const key of keys) {
      const id = keyId(db, key);
      const own = commands.get(id) ?? [];
      own.push(command);
      commands.set(id, own);
    }
  }
  return group.keys.map(({ db, key }) => ({
    ...{ db, key: keyText(key), result, why },
    commands: commands.get(keyId(db, key)) ?? [],
  }));
}

function outcomeOfOther({ db, command, keys: [key] }: SalvagedWrite): Outcome {
  const why = isScript(command)
    ? 'it is a script, and may have written keys that it does not name'
    : key
      ? 'its database is not known: the stream did not say it'
      : 'it writes no key, or all of them: whoever wants it gives it by hand';
  return { db, key: key ? keyText(key) : null, commands: [command], result: 'skipped', why };
}
