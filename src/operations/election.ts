/** Whom the sentinels of a topology would promote if its master failed now. */
import { lookAhead, type Outlooks } from '../election/outlook.js';
import { readElection } from '../live/election.js';
import { findMaster, findNode } from '../live/find-node.js';
import { readStatus } from '../live/status.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';
import { withTopology } from './topology.js';

export interface ElectionInput extends Target {
  /** One that is taken for dead already: a replica, a sentinel, or the master itself, which changes nothing. */
  readonly gone?: string | undefined;
}

export interface ElectionOutlook extends Outlooks {
  readonly topology: string;
}

const TIMEOUT_MS = 60_000;

/** Without sentinels `outlooks` is empty: nobody is promoted. */
export function electionOutlook(
  engine: Engine,
  { topology, gone }: ElectionInput,
  options: OperationOptions = {},
): Promise<ElectionOutlook> {
  return withTopology(engine, topology, startRun(options, TIMEOUT_MS), async (live) => {
    const facts = await readElection(live);
    if (facts?.sentinels.some(({ name }) => name === gone)) {
      return { topology, ...lookAhead(facts, gone) };
    }
    const status = await readStatus(live);
    const named = gone === undefined ? null : findNode(status, gone).name;
    if (facts !== null)
      return { topology, ...lookAhead(facts, named === facts.master ? null : named) };
    const { name: master } = findMaster(status);
    return { topology, master, gone: named, sentinels: [], outlooks: [], endedBy: null };
  });
}
