/** Which replica becomes the master: the one that loses the least. Pure. */
import { FailedError } from '../errors.js';
import { bytes } from '../format.js';

export interface Candidate {
  readonly name: string;
  /** The replication id whose stream it has. */
  readonly id: string;
  /** Bytes of that stream it has applied. */
  readonly offset: number;
  /** Its `replica-priority`, as Sentinel reads it: 0 is never chosen. Null if it doesn't say. */
  readonly priority: number | null;
}

/** `replica-priority` where nobody says it. */
export const DEFAULT_PRIORITY = 100;

/**
 * The candidate furthest in the lost master's stream; of equals the one of the lowest priority
 * number, then the first by name. Offsets compare only under one id, so candidates of another id
 * are none, and those of priority 0 are promoted only by name. `masterId` null: the master could
 * not be asked any more; then the candidates must agree on their id.
 * Null if there is no candidate, or no agreement.
 */
export function chooseCandidate<C extends Candidate>(
  candidates: readonly C[],
  masterId: string | null,
): C | null {
  const id = masterId ?? agreedId(candidates);
  return ranked(candidates, id).find(({ priority }) => priority !== 0) ?? null;
}

/** The same, whatever its priority: what it has and the next master lacks is lost. */
export function furthest<C extends Candidate>(
  candidates: readonly C[],
  masterId: string | null,
): C | null {
  return ranked(candidates, masterId ?? agreedId(candidates))[0] ?? null;
}

/** What the next master lacks because the furthest is promoted only by name; null if it lacks nothing. */
export function lossByPriority(next: Candidate, candidates: readonly Candidate[]): string | null {
  const ahead = furthest(candidates, next.id);
  if (ahead === null || ahead.offset <= next.offset) return null;
  return `${ahead.name} has replica-priority 0 and is ${bytes(ahead.offset - next.offset)} ahead of ${next.name}: what only it has is lost`;
}

interface Asked {
  readonly topology: string;
  /** `switchover` while the master lives. */
  readonly operation: 'promote' | 'switchover';
}

/** Why `chooseCandidate` has found none. */
export function noCandidate(
  candidates: readonly Candidate[],
  masterId: string | null,
  { topology, operation }: Asked,
): FailedError {
  const only = furthest(candidates, masterId);
  if (only === null) {
    return new FailedError('no replica answers, or they have different replication ids', {
      about: { code: 'no-candidate', topology, operation },
    });
  }
  const names = candidates.filter(({ id }) => id === only.id).map(({ name }) => name);
  return new FailedError(
    `no replica is promoted by itself: replica-priority is 0 on ${names.join(', ')}`,
    { about: { code: 'only-by-name', topology, node: only.name, operation } },
  );
}

function ranked<C extends Candidate>(candidates: readonly C[], id: string | null): C[] {
  return candidates
    .filter((candidate) => candidate.id === id)
    .sort(
      (a, b) =>
        b.offset - a.offset ||
        (a.priority ?? DEFAULT_PRIORITY) - (b.priority ?? DEFAULT_PRIORITY) ||
        a.name.localeCompare(b.name, 'en', { numeric: true }),
    );
}

function agreedId(candidates: readonly Candidate[]): string | null {
  const ids = new Set(candidates.map((candidate) => candidate.id));
  const [only = null] = ids;
  return ids.size === 1 ? only : null;
}
