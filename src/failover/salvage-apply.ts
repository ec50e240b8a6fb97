/**
 * Puts salvaged writes into the new master: not the commands again, which may count twice, but what
 * each key held in the end. A key that was changed there since the two parted is a conflict. Keys that one
 * command or transaction wrote together are put there together, or not at all.
 */
import { keyText } from '../format.js';
import { ReplyError } from '../redis/node.js';
import { askReplication } from '../stream/attach.js';
import { keyId } from '../stream/changes.js';
import { NOTHING } from '../stream/key-state.js';
import { type Bounds, withWire } from '../stream/read-stream.js';
import type { Salvage, SalvagedWrite } from '../stream/salvage-file.js';
import type { Reply, StreamPlace, Wire } from '../stream/wire.js';
import { isScript } from '../stream/written-keys.js';
import { asOfNow, holding, isKnown } from './held.js';
import { type GroupKey, groupKeys, type KeyGroup } from './salvage-groups.js';
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
      const { groups, others } = groupKeys(apply.salvage.lines);
      for (let at = 0; at < groups.length; at += BATCH) {
        const batch = new Batch(wire, since, apply.onConflict);
        for (const outcome of await batch.apply(groups.slice(at, at + BATCH))) {
          apply.onOutcome(outcome);
        }
      }
      for (const line of others) apply.onOutcome(outcomeOfOther(line));
    } finally {
      since.close();
    }
  });

/** Groups in one transaction. */
const BATCH = 100;
/** A client may write a key between the look and the change: then all are looked at again. */
const TRIES = 10;

class Batch {
  readonly #wire: Wire;
  readonly #since: SinceCut;
  readonly #onConflict: OnConflict;
  readonly #answers = new Map<KeyGroup, 'skip' | 'overwrite'>();

  constructor(wire: Wire, since: SinceCut, onConflict: OnConflict) {
    this.#wire = wire;
    this.#since = since;
    this.#onConflict = onConflict;
  }

  async apply(groups: readonly KeyGroup[]): Promise<Outcome[]> {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      await this.#watch(groups);
      const { wanted, left } = await this.#decide(groups);
      const replies = await change(this.#wire, wanted);
      if (replies === null) continue;
      const done = await this.#results(wanted, replies);
      return groups.flatMap((group) => left.get(group) ?? done.get(group) ?? []);
    }
    return groups.flatMap((group) =>
      outcomes(group, 'skipped', 'it is being written all the time'),
    );
  }

  async #watch(groups: readonly KeyGroup[]): Promise<void> {
    const commands = groups
      .flatMap(({ keys }) => keys)
      .flatMap(({ db, key }) => [
        ['SELECT', String(db)],
        ['WATCH', key],
      ]);
    const refused = (await this.#wire.askAll(commands)).find((it) => it instanceof ReplyError);
    if (refused instanceof ReplyError) throw refused;
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
      const why = group.keys.map((key) => this.#since.conflictOf(key)).find((it) => it !== null);
      if (why == null) continue;
      const answer = this.#answers.get(group) ?? (await this.#onConflict(group, why));
      this.#answers.set(group, answer);
      if (answer === 'skip') left.set(group, outcomes(group, 'skipped', why));
    }
    return { wanted: groups.filter((group) => !left.has(group)), left };
  }

  async #results(groups: readonly KeyGroup[], replies: readonly unknown[]) {
    const verified = await holding(this.#wire, groups);
    const done = new Map<KeyGroup, Outcome[]>();
    let at = 0;
    for (const group of groups) {
      const own = replies.slice(at, at + changing(group).length);
      at += own.length;
      const refused = own.find((reply) => reply instanceof ReplyError);
      if (refused instanceof ReplyError) done.set(group, outcomes(group, 'failed', refused.reply));
      else if (verified.has(group)) done.set(group, outcomes(group, 'verified', null));
      else done.set(group, outcomes(group, 'failed', 'afterwards it holds something else'));
    }
    return done;
  }
}

const UNKNOWN = 'the file does not say what it held in the end';

/** The replies, or null if a key was written since it was watched. */
async function change(wire: Wire, groups: readonly KeyGroup[]): Promise<readonly Reply[] | null> {
  const replies = await wire.askAll([['MULTI'], ...groups.flatMap(changing), ['EXEC']]);
  const result = replies.at(-1) ?? null;
  if (result === null) return null;
  // Refused as a whole: what was refused of it, and why, is among the replies.
  if (result instanceof ReplyError) {
    const refusal = replies.find((it) => it instanceof ReplyError) ?? result;
    return replies.slice(1, -1).map(() => refusal);
  }
  return Array.isArray(result) ? result : [];
}

const changing = ({ keys }: KeyGroup): (string | Buffer)[][] => keys.flatMap(restoring);

function restoring({ db, key, state }: GroupKey): (string | Buffer)[][] {
  const select = ['SELECT', String(db)];
  const { dump, expiresAtMs } = asOfNow(state ?? NOTHING);
  if (dump === null) return [select, ['DEL', key]];
  return [select, ['RESTORE', key, String(expiresAtMs ?? 0), dump, 'REPLACE', 'ABSTTL']];
}

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
