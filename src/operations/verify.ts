/** Proof that a topology replicates. */
import type { VerifyReport } from '../verify/check.js';
import { verify as check } from '../verify/verify.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';
import { withTopology } from './topology.js';

const TIMEOUT_MS = 60_000;

/**
 * Runs all checks; a failed one is a verdict in the report, no error. What could not be decided
 * within 60 s, or `timeoutMs`, is `unknown`.
 */
export function verify(
  engine: Engine,
  { topology }: Target,
  options: OperationOptions = {},
): Promise<VerifyReport> {
  const run = startRun(options, TIMEOUT_MS);
  return withTopology(engine, topology, run, (live) => check(live, run));
}
