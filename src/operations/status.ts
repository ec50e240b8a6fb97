/** What is true of a topology right now. */
import { readStatus, type StatusWish, type TopologyStatus } from '../live/status.js';
import { measureWriteRates, withWriteRates } from '../live/write-rates.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';
import { withTopology } from './topology.js';

export interface StatusInput extends Target, StatusWish {
  /** Also how much each master is written, which takes a moment; what a resync costs depends on it. */
  readonly rates?: boolean;
}

const TIMEOUT_MS = 60_000;

/** Looks at the topology anew: containers come, go and change their addresses. */
export function status(
  engine: Engine,
  { topology, rates = false, ...wish }: StatusInput,
  options: OperationOptions = {},
): Promise<TopologyStatus> {
  return withTopology(engine, topology, startRun(options, TIMEOUT_MS), async (live) => {
    if (!rates) return readStatus(live, wish);
    const [seen, measured] = await Promise.all([
      readStatus(live, wish),
      measureWriteRates(live.nodes),
    ]);
    return withWriteRates(seen, measured);
  });
}
