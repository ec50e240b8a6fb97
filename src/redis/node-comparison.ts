/** One node compared with the first: what may differ is collected, and decided. */

import {
  type CompareOptions,
  catchUp,
  type Decided,
  decide,
  type Undecided,
} from './decide-keys.js';
import { findSuspects, type Target } from './find-suspects.js';
import type { KeyDifference } from './key-difference.js';
import { countKeys, type KeyCounts, type KeyReader } from './key-reader.js';
import { atSamePoint } from './same-point.js';
import { Deadline } from './wait.js';

/** With so many more that may differ, they are decided before others are looked for. */
const MANY = 1000;
/** So long at most, the first time: what is left is decided at the end. */
const SOON_MS = 5000;
/** In this time the two are looked at for a common point. */
const COUNT_MS = 1000;

export class NodeComparison {
  readonly #first: KeyReader;
  readonly #second: KeyReader;
  readonly #options: CompareOptions;
  /** Names by database. */
  readonly #suspects = new Map<number, Set<string>>();
  readonly #different: KeyDifference[] = [];
  #decideAt = MANY;
  #failure: { readonly error: unknown } | undefined;

  constructor(first: KeyReader, second: KeyReader, options: CompareOptions) {
    this.#first = first;
    this.#second = second;
    this.#options = options;
  }

  /** Whether there is more to find. */
  get goesOn(): boolean {
    return this.#failure === undefined && this.#different.length < this.#options.limit;
  }

  target(db: number, database = this.#second.quick(db)): Target {
    return {
      database,
      suspect: async (names) => {
        this.#suspect(db, names);
        if (this.#count() >= this.#decideAt) {
          const ms = Math.min(SOON_MS, this.#options.deadline.remainingMs());
          await this.#decide(new Deadline(ms));
          this.#decideAt = this.#count() + MANY;
        }
        return this.goesOn;
      },
      fail: (error) => {
        this.#failure = { error };
      },
    };
  }

  /** Once all of the first node's keys were looked at. */
  async finish(): Promise<Decided> {
    this.#throwIfFailed();
    let undecided = await this.#decide(this.#options.deadline);
    // What is undecided is so because the time is up.
    if (this.goesOn && undecided.length === 0) {
      for (const db of await this.#unaccounted()) {
        const target = this.target(db, this.#first.quick(db));
        await findSuspects(this.#second.quick(db), [target], () => {});
        this.#throwIfFailed();
      }
      undecided = await this.#decide(this.#options.deadline);
    }
    return { different: this.#different, undecided };
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #suspect(db: number, names: readonly string[]): void {
    const suspects = this.#suspects.get(db) ?? new Set();
    this.#suspects.set(db, suspects);
    for (const name of names) {
      const known = this.#different.some((it) => it.db === db && it.name === name);
      if (!known) suspects.add(name);
    }
  }

  #count(): number {
    return [...this.#suspects.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** What is still undecided stays suspect. */
  async #decide(deadline: Deadline): Promise<Undecided[]> {
    if (this.#count() === 0) return [];
    const options = { ...this.#options, deadline };
    await catchUp(this.#first.facts.node, this.#second.facts.node, options);
    const undecided: Undecided[] = [];
    for (const [db, names] of this.#suspects) {
      const pair = { first: this.#first.exact(db), second: this.#second.exact(db) };
      const limit = options.limit - this.#different.length;
      const decided = await decide(pair, [...names], { ...options, limit });
      this.#different.push(...decided.different);
      undecided.push(...decided.undecided);
      this.#suspects.set(db, new Set(decided.undecided.map(({ name }) => name)));
    }
    return undecided;
  }

  /** The databases in which the second node may hold keys that the first doesn't. */
  async #unaccounted(): Promise<number[]> {
    const [first, second] = [this.#first.facts.node, this.#second.facts.node];
    const ms = Math.min(COUNT_MS, this.#options.deadline.remainingMs());
    const found = await atSamePoint(
      () => countKeys(first),
      () => countKeys(second),
      ms,
    );
    const [ours, theirs] = found ?? [undefined, (await countKeys(second)).value];
    const dbs = [...theirs.keys()].sort((a, b) => a - b);
    return ours === undefined ? dbs : dbs.filter((db) => !this.#adds(db, ours, theirs));
  }

  /** Whether what is known to differ explains the numbers of keys. */
  #adds(db: number, ours: KeyCounts, theirs: KeyCounts): boolean {
    const only = (what: KeyDifference['what']) =>
      this.#different.filter((it) => it.db === db && it.what === what).length;
    const count = (of: KeyCounts) => of.get(db)?.keys ?? 0;
    const expected = count(ours) - only('only on the first') + only('only on the second');
    return count(theirs) === expected;
  }
}
