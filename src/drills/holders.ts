/** Who holds a lock after a failover, and what a resource with a fence lets through. Pure. */
import type { Reach } from './stretch.js';

export type Holders = 'A holds it' | 'B holds it' | 'A and B hold it' | 'unclear';

/**
 * A took the lock before the failover and keeps it or has given it up; B asks for it afterwards.
 * B gets it if what is promoted has never heard of A.
 */
export function holdersAfter(keeps: boolean, promoted: Reach): Holders {
  if (promoted === 'nothing') return keeps ? 'A and B hold it' : 'B holds it';
  return promoted === 'all' && keeps ? 'A holds it' : 'unclear';
}

export function holdersSeen(clients: readonly string[]): string {
  if (clients.length === 0) return 'nobody holds it';
  return `${[...clients].sort().join(' and ')} ${clients.length === 1 ? 'holds' : 'hold'} it`;
}

/** Refuses a writer that comes with a lower token than the highest it has seen. */
export class FencedResource {
  #highest = 0;
  #issued = 0;

  /** A token of its own, higher than all before: no failover of Redis turns this counter back. */
  issue(): number {
    this.#issued += 1;
    return this.#issued;
  }

  write(token: number): { readonly taken: boolean; readonly reply: string } {
    if (token < this.#highest) return { taken: false, reply: `refused: ${this.#highest} was seen` };
    this.#highest = token;
    return { taken: true, reply: 'accepted' };
  }
}
