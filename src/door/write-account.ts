/** The writes of one connection, in the order in which they are answered. Pure. */
import type { Waiting, WriteBalance } from './write-balance.js';
import { MOST_ARGS } from './write-words.js';

/** Of an inline command, which isn't looked at: as many arguments as can't be told. */
const UNREAD: readonly number[] = Array.from({ length: MOST_ARGS + 1 }, () => 0);

export class WriteAccount {
  readonly #balance: WriteBalance;
  #waiting: (Waiting | null)[] = [];
  #first = 0;

  constructor(balance: WriteBalance) {
    this.#balance = balance;
  }

  sent([name = '', key = '']: readonly string[], hashes: readonly number[] | null): void {
    const write = { name: name.toUpperCase(), key: key || null, hashes: hashes ?? UNREAD };
    this.#waiting.push(this.#balance.sent(write, this));
  }

  /** @param line the first of the answer */
  answered(line: string): void {
    const waiting = this.#waiting[this.#first];
    this.#first += 1;
    if (waiting) this.#balance.answered(waiting, line);
    if (this.#first < 1024 && this.#first < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }
}
