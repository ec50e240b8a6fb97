/** In what one key is not the same on two nodes. Pure. */

import type { KeyState } from './digest-slices.js';

export interface KeyDifference {
  readonly db: number;
  /** Plain text; bytes that aren't plain are written like `%0a`. */
  readonly name: string;
  readonly what: 'differs' | 'expiry' | 'only on the first' | 'only on the second';
}

const DIGEST_LENGTH = 40;
/**
 * Before 7.0 a stream says how long a key has to live, not until when, so that a replica
 * expires it later by as long as that took to arrive: up to the default of repl-timeout, after
 * which the link breaks. That replica may have been promoted since: then the others are earlier.
 */
const DRIFT_MS = 60_000;

/** In what the second state is not the first one, or undefined if they are equal. */
export function difference(
  first: KeyState,
  second: KeyState,
  since7: boolean,
): KeyDifference['what'] | undefined {
  if (first === second) return undefined;
  if (first === '') return 'only on the second';
  if (second === '') return 'only on the first';
  if (first.slice(0, DIGEST_LENGTH) !== second.slice(0, DIGEST_LENGTH)) return 'differs';
  const [one, other] = [first, second].map((it) => it.slice(DIGEST_LENGTH));
  if (since7 || !one || !other) return 'expiry';
  return Math.abs(Number(other) - Number(one)) < DRIFT_MS ? undefined : 'expiry';
}
