/**
 * How old the answers of replicas are. One writer counts up from 1, each value sent after the
 * one before was acknowledged, and a read is judged by what had been acknowledged when it was
 * sent. Pure.
 */

/** What an answer lacks of what was acknowledged when the read was sent. */
export interface Staleness {
  /** So many writes; 0 if it is as fresh as can be asked. */
  readonly behind: number;
  /** For how long the first of them had been acknowledged. */
  readonly ageMs: number;
}

const FRESH: Staleness = { behind: 0, ageMs: 0 };

export class Acknowledged {
  readonly #atMs: number[] = [];

  /** The next value is acknowledged; returns it. */
  note(atMs: number): number {
    return this.#atMs.push(atMs);
  }

  /** 0 before the first. */
  get newest(): number {
    return this.#atMs.length;
  }

  /** `newest` as it was when the read was sent: an answer may well be newer. */
  judge(value: number, newest: number, sentMs: number): Staleness {
    const lacking = this.#atMs[value];
    if (value >= newest || lacking === undefined) return FRESH;
    return { behind: newest - value, ageMs: sentMs - lacking };
  }
}

/** How many of a client's reads were answered with less than it had been told before. */
export function backwards(values: readonly number[]): number {
  let highest = Number.NEGATIVE_INFINITY;
  let found = 0;
  for (const value of values) {
    if (value < highest) found += 1;
    highest = Math.max(highest, value);
  }
  return found;
}
