/** The unique elements that the writers append: computed from the seed, so never stored. Pure. */

/** `17:9f3c21ab`: the sequence number, and a value that tells a stray element from a written one. */
export function element(seed: number, writer: number, sequence: number): string {
  return `${sequence}:${mix(seed, writer, sequence).toString(16).padStart(8, '0')}`;
}

/** The sequence number of an element of this writer, or null if no such element was ever written. */
export function sequenceOf(text: string, seed: number, writer: number): number | null {
  const sequence = Number(text.slice(0, text.indexOf(':')));
  const written = Number.isInteger(sequence) && sequence >= 0;
  return written && element(seed, writer, sequence) === text ? sequence : null;
}

/** A writer's list in the data set. */
export const listKey = (run: string, writer: number): string => `rrepl:drill:${run}:${writer}`;

/** The finaliser of MurmurHash3 over the three numbers: well mixed, and the same everywhere. */
function mix(seed: number, writer: number, sequence: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(writer + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ sequence, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
