/** What would come if a master failed now, and how much more may fail before nobody is promoted. Pure. */
import type { ElectionFacts, Failure, FailureKind } from './facts.js';
import { type Election, predictElection } from './predict.js';
import { predictReturn, type Return } from './return.js';

export interface Outlook {
  readonly how: FailureKind;
  readonly election: Election;
  /** As what its file has now; Sentinel does not reach the file of a node that is gone. */
  readonly comeback: Return;
}

export interface Outlooks {
  readonly master: string;
  /** The node that is taken for dead already; null for none. */
  readonly gone: string | null;
  readonly sentinels: readonly string[];
  readonly outlooks: readonly Outlook[];
  /** The fewest sentinels that end it if they die with the master; null if there is no failover anyway. */
  readonly endedBy: { readonly sentinels: readonly string[]; readonly election: Election } | null;
}

const KINDS: readonly FailureKind[] = ['kill', 'hang', 'cut'];

/** @param gone a replica or a sentinel that dies before the master does */
export function lookAhead(facts: ElectionFacts, gone: string | null = null): Outlooks {
  const { master } = facts;
  const before: Failure[] = gone === null ? [] : [{ how: 'kill', nodes: [gone] }];
  const outlooks = KINDS.map((how) => ({
    how,
    election: predictElection(facts, [...before, { how, nodes: [master] }]),
    comeback: predictReturn(how, false),
  }));
  const sentinels = facts.sentinels.map(({ name }) => name);
  const isSure = outlooks[0]?.election.elected != null;
  const endedBy = isSure ? fewestThatEnd(facts, before) : null;
  return { master, gone, sentinels, outlooks, endedBy };
}

function fewestThatEnd(facts: ElectionFacts, before: readonly Failure[]): Outlooks['endedBy'] {
  const gone = before.flatMap(({ nodes }) => nodes);
  const names = facts.sentinels.map(({ name }) => name).filter((name) => !gone.includes(name));
  for (let size = 1; size <= names.length; size += 1) {
    for (const sentinels of choices(names, size)) {
      const failures: Failure[] = [{ how: 'kill', nodes: [facts.master, ...sentinels] }];
      const election = predictElection(facts, [...before, ...failures]);
      if (election.elected === null) return { sentinels, election };
    }
  }
  return null;
}

function choices(names: readonly string[], size: number): string[][] {
  if (size === 0) return [[]];
  return names.flatMap((name, at) =>
    choices(names.slice(at + 1), size - 1).map((rest) => [name, ...rest]),
  );
}
