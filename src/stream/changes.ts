/** Which keys a stream has changed, and by what. */
import type { StreamCommand } from './decoder.js';
import { changesAll } from './written-keys.js';

export interface Change {
  readonly command: string;
  readonly offset: number;
}

export class Changes {
  readonly #keys = new Map<string, Change>();
  /** The last command that may have changed any key. */
  #all: Change | null = null;

  add(commands: readonly StreamCommand[]): void {
    for (const { command, offset, db, keys } of commands) {
      if (changesAll(command)) this.#all = { command, offset };
      for (const key of keys) this.#keys.set(keyId(db, key), { command, offset });
    }
  }

  /** The last change of a key; null if there was none. In a database that isn't known, every one of this name. */
  of(db: number | null, key: Buffer): Change | null {
    const own = this.#keys.get(keyId(db, key)) ?? this.#keys.get(keyId(null, key)) ?? null;
    if (own === null || this.#all === null) return own ?? this.#all;
    return own.offset > this.#all.offset ? own : this.#all;
  }
}

/** One for each key of each database. */
export const keyId = (db: number | null, key: Buffer): string => `${db} ${key.toString('latin1')}`;
