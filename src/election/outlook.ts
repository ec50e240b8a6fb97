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
  readonly outlooks: readonly Outlook[];
  /** The fewest sentinels that end it if they die with the master; null if there is no failover anyway. */
  readonly endedBy: { readonly sentinels: readonly string[]; readonly election: Election } | null;
}

const KINDS: readonly FailureKind[] = ['kill', 'hang', 'cut'];

export function lookAhead(facts: ElectionFacts): Outlooks {
  const { master } = facts;
  const outlooks = KINDS.map((how) => ({
    how,
    election: predictElection(facts, [{ how, nodes: [master] }]),
    comeback: predictReturn(how, false),
  }));
  const isSure = outlooks[0]?.election.elected != null;
  return { master, outlooks, endedBy: isSure ? fewestThatEnd(facts) : null };
}

function fewestThatEnd(facts: ElectionFacts): Outlooks['endedBy'] {
  const names = facts.sentinels.map(({ name }) => name);
  for (let size = 1; size <= names.length; size += 1) {
    for (const sentinels of choices(names, size)) {
      const failures: Failure[] = [{ how: 'kill', nodes: [facts.master, ...sentinels] }];
      const election = predictElection(facts, failures);
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
