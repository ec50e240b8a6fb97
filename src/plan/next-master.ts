/** Which replica takes the role: the one that is named, else the one that is furthest. Pure. */
import { type Note, UsageError } from '../errors.js';
import { bytes } from '../format.js';
import type { Observed, ObservedNode } from '../observe/observed.js';
import { chooseCandidate, furthest, noCandidate } from './choose-candidate.js';
import { answers } from './copies.js';

export interface NextMaster {
  readonly node: string;
  /** What its promotion loses, or goes against. */
  readonly notes: readonly Note[];
}

/**
 * @param wanted null for the one that is furthest
 * @param master that answers; undefined if none does
 * @throws UsageError if the wanted one is no replica that answers
 * @throws FailedError if nobody is wanted, and nobody may be chosen
 */
export function nextMaster(
  { name: topology, nodes }: Observed,
  wanted: string | null,
  master: ObservedNode | undefined,
): NextMaster {
  const candidates = nodes
    .filter(answers)
    .filter(({ server }) => server.replication.role === 'replica')
    .map(({ name, server }) => ({ ...server.replication, name }));
  const masterId = master?.server?.replication.id ?? null;
  const best = wanted === null ? chooseCandidate(candidates, masterId) : null;
  if (wanted === null && best === null) {
    const operation = masterId === null ? 'promote' : 'switchover';
    throw noCandidate(candidates, masterId, { topology, operation });
  }
  if (wanted !== null && wanted === master?.name) {
    throw new UsageError(`${wanted} is the master already`, {
      about: { code: 'already-master', topology, node: wanted },
    });
  }
  const next = best ?? candidates.find(({ name }) => name === wanted);
  if (next === undefined) {
    throw new UsageError(`${wanted} is no replica that answers`, {
      about: { code: 'not-a-replica', topology, node: wanted as string },
    });
  }
  const { name } = next;
  const notes: Note[] = [];
  if (next.priority === 0) {
    notes.push({ text: `${name} has replica-priority 0: promoted because it is named` });
  }
  const ahead = furthest(candidates, masterId);
  if (ahead?.id === next.id && ahead.offset > next.offset) {
    const barred = ahead.priority === 0 ? ', which has replica-priority 0' : '';
    const text = `${name} is ${bytes(ahead.offset - next.offset)} behind ${ahead.name}${barred}`;
    notes.push({ text });
  }
  return { node: name, notes };
}
