/** Which master followed which, from where on, and what each has acknowledged. */
import { WriteBalance } from '../door/write-balance.js';
import { hashOf } from '../door/write-words.js';
import type { Cut } from '../program/report.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import type { TapWrite } from '../stream/history.js';

/** The time for which a node is the master. */
export interface Term {
  readonly node: string;
  /** What it acknowledged at the door, against its stream. */
  readonly balance: WriteBalance;
  /** Of its stream; null until it was asked. */
  id: string | null;
  /** Where its stream branched off another's. */
  branch: { readonly id: string; readonly offset: number } | null;
  /** It ended before another led: it had told nobody of its last writes. */
  died: boolean;
}

/** A change of master. */
export interface Change {
  readonly cut: Cut;
  /** Whose stream is cut. */
  readonly from: Term;
}

type Ask = (node: string) => Promise<ReplicationInfo>;

/** Writes of streams whose master has not said yet who it is. */
const MOST_EARLY = 100_000;

export class Succession {
  readonly changes: Change[] = [];
  /** Why it is not known what one of them lacks; null while it is. */
  broken: string | null = null;
  /** Writes were not seen that a stream had. */
  hasGap = false;
  readonly #clock: () => number;
  readonly #ask: Ask;
  readonly #terms: Term[] = [];
  #early: TapWrite[] = [];
  #work: Promise<void> = Promise.resolve();

  constructor(clock: () => number, ask: Ask) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Another node leads, or none (null). */
  next(node: string | null): void {
    const before = this.#terms.at(-1);
    if (node === null) {
      if (before) before.died = true;
      return;
    }
    const atMs = this.#clock();
    const isSame = before?.node === node;
    const term = isSame
      ? before
      : { node, balance: new WriteBalance(), id: null, branch: null, died: false };
    if (!isSame) this.#terms.push(term);
    this.#work = this.#work.then(() => this.#follow(term, isSame ? term : before, atMs));
  }

  settled(): Promise<void> {
    return this.#work;
  }

  /** Null for a node that never led. */
  balanceOf(node: string): WriteBalance | null {
    return this.#terms.findLast((it) => it.node === node)?.balance ?? null;
  }

  streamed(writes: readonly TapWrite[]): void {
    for (const write of writes) if (!this.#settle(write)) this.#early.push(write);
    if (this.#early.length <= MOST_EARLY) return;
    this.#early = [];
    this.hasGap = true;
  }

  #settle({ id, offset, command, args }: TapWrite): boolean {
    const term = this.#terms.findLast((it) => it.id === id);
    if (term === undefined) return false;
    const { branch } = term;
    // What it has from the one before it, which may have died before its own stream told.
    const isInherited = branch !== null && offset <= branch.offset;
    const owner = isInherited ? this.#terms.findLast((it) => it.id === branch.id) : term;
    owner?.balance.streamed({ name: command, hashes: args.map((it) => hashOf(it)) });
    return true;
  }

  async #follow(term: Term, before: Term | undefined, atMs: number): Promise<void> {
    const { node } = term;
    const [idBefore, branchBefore] = [before?.id ?? null, before?.branch ?? null];
    try {
      const { id, secondId, secondOffset } = await this.#ask(node);
      term.id = id;
      term.branch =
        secondId === null || secondOffset === null
          ? null
          : { id: secondId, offset: secondOffset - 1 };
      const early = this.#early;
      this.#early = [];
      this.streamed(early);
      if (idBefore === id) term.died = false;
      if (before === undefined || idBefore === null || idBefore === id) return;
      // One that had branched off this one, and is replaced by it, loses all that it took.
      const { branch } = term;
      const root = branch?.id === idBefore ? branch : branchBefore?.id === id ? branchBefore : null;
      if (root === null) {
        this.broken ??= `${node} leads with another history than the one before it`;
        return;
      }
      const cut = { id: idBefore, offset: root.offset, master: node, atMs: Math.round(atMs) };
      this.changes.push({ cut, from: before });
    } catch (error) {
      this.broken ??= `${node} did not say what it has: ${(error as Error).message}`;
    }
  }
}
