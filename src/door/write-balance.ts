/**
 * What one master has acknowledged to the clients of the door, against what its stream holds: of a master that
 * was killed, its last event loop may have answered what its stream never told. Pure.
 */
import { plural } from '../format.js';
import { classOf, hasWritten, type Told, tellingOf, type Words } from './write-words.js';

/** A write as the door sees it. */
export interface SeenWrite extends Words {
  /** As far as it is short. */
  readonly key: string | null;
}

/** A write that was acknowledged and is not in the stream. */
export interface UntoldWrite {
  readonly command: string;
  readonly key: string | null;
}

/** A write that waits for its answer. */
export interface Waiting {
  readonly told: Told | 'unsure';
  readonly command: string;
  /** Null where the answer won't tell. */
  readonly entry: Entry | null;
}

/** All that look the same. */
interface Entry {
  readonly name: string;
  /** As far as it is known. */
  key: string | null;
  readonly number: number;
  /** Acknowledged, less those in the stream. */
  balance: number;
  /** Sent, and not answered. */
  open: number;
  /** The one connection that sent them; null for several. */
  connection: object | null;
}

export class WriteBalance {
  /** Those that are not settled. */
  readonly #entries = new Map<number, Entry>();
  /** The first command whose answer did not tell what it wrote. */
  #unsure: string | null = null;
  /** Values that end by themselves are deleted in the stream, which nobody asked for. */
  #mayExpire = false;

  /** Null for what writes nothing. */
  sent(write: SeenWrite, connection: object): Waiting | null {
    const told = tellingOf(write);
    if (told === null) return null;
    const command = write.name;
    if (told === 'unsure') return { told, command, entry: null };
    if (command.endsWith('SETEX') || (command === 'SET' && write.hashes.length > 2))
      this.#mayExpire = true;
    const entry = this.#entry(write);
    entry.key ??= write.key;
    if (entry.balance === 0 && entry.open === 0) entry.connection = connection;
    else if (entry.connection !== connection) entry.connection = null;
    entry.open += 1;
    return { told, command, entry };
  }

  /** @param line the first of the answer */
  answered({ told, command, entry }: Waiting, line: string): void {
    const isDone = !line.startsWith('-');
    const isSure = told !== 'unsure' && line !== '+QUEUED';
    if (isDone && !isSure) this.#unsure ??= command;
    if (entry === null) return;
    entry.open -= 1;
    if (isDone && isSure && hasWritten(told, line)) entry.balance += 1;
    this.#settle(entry);
  }

  /** It is in the stream. */
  streamed(words: Words): void {
    const entry = this.#entry(words);
    entry.balance -= 1;
    this.#settle(entry);
  }

  /**
   * Those that were acknowledged and are not in the stream, which has ended. `unsure` says why there may
   * be more; null if there are no others.
   */
  untold(): { readonly writes: readonly UntoldWrite[]; readonly unsure: string | null } {
    const writes: UntoldWrite[] = [];
    let foreign = 0;
    let unsure =
      this.#unsure === null ? null : `the answer to ${this.#unsure} does not tell what it wrote`;
    for (const { name, key, balance, open, connection } of this.#entries.values()) {
      for (let missing = balance; missing > 0; missing -= 1) writes.push({ command: name, key });
      const isExpiry = this.#mayExpire && (name === 'DEL' || name === 'UNLINK');
      if (-balance > open && !isExpiry) foreign -= balance + open;
      // Of one connection those that were answered came first.
      if (connection === null && open > 0 && balance + open > 0)
        unsure ??= `${name} of ${key ?? 'a long key'} was under way on several connections`;
    }
    if (foreign > 0) unsure ??= `${plural(foreign, 'write')} did not pass the door`;
    return { writes, unsure };
  }

  #entry(words: Words): Entry {
    const number = classOf(words);
    let entry = this.#entries.get(number);
    if (entry !== undefined) return entry;
    entry = { name: words.name, key: null, number, balance: 0, open: 0, connection: null };
    this.#entries.set(number, entry);
    return entry;
  }

  #settle({ balance, open, number }: Entry): void {
    if (balance === 0 && open === 0) this.#entries.delete(number);
  }
}
