/** Why a node's stream is what it is. */
import { findNode } from '../live/find-node.js';
import { readStatus } from '../live/status.js';
import { explain, readLogs, type Why } from '../live/why.js';
import { measureWriteRates, withWriteRates } from '../live/write-rates.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';
import { withTopology } from './topology.js';

export interface WhyInput extends Target {
  /** Its name, `master` or `replica`. */
  readonly node: string;
}

const TIMEOUT_MS = 60_000;

/** The node's last synchronisation from the logs of both sides, and what the next would be. */
export function why(
  engine: Engine,
  { topology, node }: WhyInput,
  options: OperationOptions = {},
): Promise<Why> {
  return withTopology(engine, topology, startRun(options, TIMEOUT_MS), async (live) => {
    const [seen, rates, logs] = await Promise.all([
      readStatus(live),
      measureWriteRates(live.nodes),
      readLogs(live),
    ]);
    const status = withWriteRates(seen, rates);
    return explain(findNode(status, node), { status, logs, nodes: live.nodes });
  });
}
