/**
 * Puts salvaged writes into the new master: not the commands again, which may count twice, but what
 * each key held in the end. A key that was changed there since the two parted is a conflict. Keys that one
 * command or transaction wrote together are put there together, or not at all.
 */
import { FailedError } from '../errors.js';
import { ReplyError } from '../redis/node.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { askReplication, attach } from '../stream/attach.js';
import { type Change, Changes, keyId } from '../stream/changes.js';
import { StreamDecoder } from '../stream/decoder.js';
import { isSame, type KeyState, readKeys } from '../stream/key-state.js';
import { type Bounds, withWire } from '../stream/read-stream.js';
import type { Salvage, SalvagedWrite } from '../stream/salvage-file.js';
import { type Reply, type StreamPlace, Wire } from '../stream/wire.js';

/** What becomes of a key that both have changed: the new master's stays, or the salvaged one replaces it. */
export type OnConflict = (group: KeyGroup, why: string) => Promise<'skip' | 'overwrite'>;

/** Keys that belong together, and their writes. */
export interface KeyGroup {
  readonly keys: readonly GroupKey[];
  readonly writes: readonly SalvagedWrite[];
}

interface GroupKey {
  readonly db: number;
  readonly key: Buffer;
  /** Null if only its writes are known: those of a killed master's AOF. */
  readonly state: KeyState | null;
}

export interface Outcome {
  readonly db: number | null;
  /** As text; null for a command that writes no key. */
  readonly key: string | null;
  /** Names of the commands, in their order. */
  readonly commands: readonly string[];
  /**
   * `verified`: it holds there now what it held on the former master. `applied`: its commands were given
   * again, once. `same`: it held it already. `skipped`: why says what it conflicts with.
   * `failed`: why says what the server answered, or what it holds instead.
   */
  readonly result: 'verified' | 'applied' | 'same' | 'skipped' | 'failed';
  readonly why: string | null;
}

/** Groups of keys, and writes that are of no key or of an unknown database. */
export function groupKeys(lines: readonly SalvagedWrite[]): {
  readonly groups: readonly KeyGroup[];
  readonly others: readonly SalvagedWrite[];
} {
  const union = new Union();
  const others: SalvagedWrite[] = [];
  const ownerOf = (line: SalvagedWrite) => keyId(line.db, line.keys[0] ?? Buffer.alloc(0));
  const transactions = new Map<number, string>();
  for (const line of lines) {
    const [first, ...rest] = line.keys;
    if (first === undefined || line.db === null) {
      others.push(line);
      continue;
    }
    const owner = ownerOf(line);
    for (const key of rest) union.join(owner, keyId(line.db, key));
    if (line.transaction === null) continue;
    union.join(owner, transactions.get(line.transaction) ?? owner);
    transactions.set(line.transaction, owner);
  }
  const groups = new Map<string, { keys: Map<string, GroupKey>; writes: SalvagedWrite[] }>();
  for (const line of lines) {
    if (line.keys.length === 0 || line.db === null) continue;
    const name = union.find(ownerOf(line));
    const group = groups.get(name) ?? { keys: new Map<string, GroupKey>(), writes: [] };
    groups.set(name, group);
    group.writes.push(line);
    for (const key of line.keys) {
      const state = line.after.find((it) => it.key.equals(key)) ?? null;
      group.keys.set(keyId(line.db, key), { db: line.db, key, state });
    }
  }
  const found = [...groups.values()].map(({ keys, writes }) => ({
    keys: [...keys.values()],
    writes,
  }));
  return { groups: found, others };
}

class Union {
  readonly #parents = new Map<string, string>();

  find(item: string): string {
    let root = item;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root))
      root = up;
    if (root !== item) this.#parents.set(item, root);
    return root;
  }

  join(one: string, other: string): void {
    const [a, b] = [this.find(one), this.find(other)];
    if (a !== b) this.#parents.set(a, b);
  }
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
    const watcher = await Watcher.open(apply, await askReplication(wire));
    try {
      const { groups, others } = groupKeys(apply.salvage.lines);
      for (let at = 0; at < groups.length; at += BATCH) {
        const batch = new Batch(wire, watcher, apply.onConflict);
        for (const outcome of await batch.apply(groups.slice(at, at + BATCH))) {
          apply.onOutcome(outcome);
        }
      }
      for (const line of others) apply.onOutcome(outcomeOfOther(line));
    } finally {
      watcher.close();
    }
  });

/** What the master has changed since the cut, up to now. */
class Watcher {
  /** Null where its backlog does not reach back so far. */
  readonly #stream: { wire: Wire; decoder: StreamDecoder } | null;
  readonly #changes = new Changes();
  #seen: number;

  private constructor(stream: { wire: Wire; decoder: StreamDecoder } | null, seen: number) {
    this.#stream = stream;
    this.#seen = seen;
  }

  static async open({ salvage, master }: Apply, above: ReplicationInfo): Promise<Watcher> {
    const { id, masterId, cut } = salvage;
    if (above.id === id) {
      throw new FailedError(
        `${master.name} still is the master that these writes are from: no other one took over`,
      );
    }
    const { active, firstByteOffset } = above.backlog;
    const goesOn = [above.id, above.secondId].includes(masterId);
    if (!active || firstByteOffset > cut + 1 || !goesOn) return new Watcher(null, cut);
    const wire = new Wire(master);
    await wire.logIn();
    await attach(wire, { id: above.id, next: cut + 1 }, await askReplication(wire));
    return new Watcher({ wire, decoder: new StreamDecoder(cut + 1) }, cut);
  }

  /** Reads on up to this offset. */
  async readTo(offset: number): Promise<void> {
    if (this.#stream === null || offset <= this.#seen) return;
    const { wire, decoder } = this.#stream;
    this.#changes.add(decoder.push(await wire.read(offset - this.#seen)));
    this.#seen = offset;
  }

  /** Why a key may not be replaced; null if nothing speaks against it. */
  conflictOf({ db, key }: GroupKey): string | null {
    if (this.#stream === null) return 'it can’t be told any more whether it was changed since';
    const change: Change | null = this.#changes.of(db, key);
    return change && `changed since, by ${change.command} at offset ${change.offset}`;
  }

  close(): void {
    this.#stream?.wire.close();
  }
}

/** Groups in one transaction. */
const BATCH = 100;
/** A client may write a key between the look and the change: then all are looked at again. */
const TRIES = 10;

class Batch {
  readonly #wire: Wire;
  readonly #watcher: Watcher;
  readonly #onConflict: OnConflict;
  readonly #answers = new Map<KeyGroup, 'skip' | 'overwrite'>();

  constructor(wire: Wire, watcher: Watcher, onConflict: OnConflict) {
    this.#wire = wire;
    this.#watcher = watcher;
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
    await this.#watcher.readTo((await askReplication(this.#wire)).offset);
    const left = new Map<KeyGroup, Outcome[]>();
    for (const group of groups) {
      if (same.has(group)) {
        left.set(group, outcomes(group, 'same', null));
        continue;
      }
      const why = group.keys.map((key) => this.#watcher.conflictOf(key)).find((it) => it !== null);
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
      else if (!isKnown(group)) done.set(group, outcomes(group, 'applied', null));
      else if (verified.has(group)) done.set(group, outcomes(group, 'verified', null));
      else done.set(group, outcomes(group, 'failed', 'afterwards it holds something else'));
    }
    return done;
  }
}

/** The groups of which every key holds what it is to hold. */
async function holding(wire: Wire, groups: readonly KeyGroup[]): Promise<Set<KeyGroup>> {
  const keys = groups.filter(isKnown).flatMap((group) => group.keys);
  const right = new Set<GroupKey>();
  for (const db of new Set(keys.map((it) => it.db))) {
    const own = keys.filter((it) => it.db === db);
    const states = await readKeys(
      wire,
      db,
      own.map(({ key }) => key),
    );
    for (const [index, it] of own.entries()) {
      const now = states[index];
      if (now && it.state && isSame(now, asOfNow(it.state))) right.add(it);
    }
  }
  return new Set(groups.filter((group) => group.keys.every((it) => right.has(it))));
}

/** Whether what its keys held is known, and not only its commands. */
const isKnown = ({ keys }: KeyGroup): boolean => keys.every(({ state }) => state !== null);

/** What has expired since is gone. */
const asOfNow = (state: KeyState): KeyState =>
  state.expiresAtMs !== null && state.expiresAtMs <= Date.now()
    ? { dump: null, expiresAtMs: null, digest: null }
    : state;

/** The replies, or null if a key was written since it was watched. */
async function change(wire: Wire, groups: readonly KeyGroup[]): Promise<readonly Reply[] | null> {
  const replies = await wire.askAll([['MULTI'], ...groups.flatMap(changing), ['EXEC']]);
  const result = replies.at(-1) ?? null;
  if (result === null) return null;
  // Refused as a whole: what was refused of it is among the replies.
  if (result instanceof ReplyError) return replies.slice(1, -1).map(() => result);
  return Array.isArray(result) ? result : [];
}

const changing = (group: KeyGroup): (string | Buffer)[][] =>
  isKnown(group) ? group.keys.flatMap(restoring) : group.writes.flatMap(again);

function restoring({ db, key, state }: GroupKey): (string | Buffer)[][] {
  const select = ['SELECT', String(db)];
  const { dump, expiresAtMs } = asOfNow(state as KeyState);
  if (dump === null) return [select, ['DEL', key]];
  return [select, ['RESTORE', key, String(expiresAtMs ?? 0), dump, 'REPLACE', 'ABSTTL']];
}

const again = ({ db, command, args }: SalvagedWrite): (string | Buffer)[][] => [
  ['SELECT', String(db)],
  [command, ...args],
];

function outcomes(group: KeyGroup, result: Outcome['result'], why: string | null): Outcome[] {
  return group.keys.map(({ db, key }) => {
    const writes = group.writes.filter((it) => it.keys.some((its) => its.equals(key)));
    return { db, key: key.toString(), commands: writes.map((it) => it.command), result, why };
  });
}

function outcomeOfOther({ db, command, keys: [key] }: SalvagedWrite): Outcome {
  const why = key
    ? 'its database is not known: the stream did not say it'
    : 'it writes no key, or all of them: whoever wants it gives it by hand';
  return { db, key: key?.toString() ?? null, commands: [command], result: 'skipped', why };
}
