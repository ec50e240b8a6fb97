/** Which replica becomes the master: the one that loses the least. Pure. */

export interface Candidate {
  readonly name: string;
  /** The replication id whose stream it has. */
  readonly id: string;
  /** Bytes of that stream it has applied. */
  readonly offset: number;
}

/**
 * The candidate furthest in the lost master's stream; the first by name of equals. Offsets
 * compare only under one id, so candidates of another id are none. `masterId` null: the
 * master could not be asked any more; then the candidates must agree on their id.
 * Null if there is no candidate, or no agreement.
 */
export function chooseHeir(
  candidates: readonly Candidate[],
  masterId: string | null,
): Candidate | null {
  const id = masterId ?? agreedId(candidates);
  const ranked = candidates
    .filter((candidate) => candidate.id === id)
    .sort((a, b) => b.offset - a.offset || a.name.localeCompare(b.name, 'en', { numeric: true }));
  return ranked[0] ?? null;
}

function agreedId(candidates: readonly Candidate[]): string | null {
  const ids = new Set(candidates.map((candidate) => candidate.id));
  const [only = null] = ids;
  return ids.size === 1 ? only : null;
}
