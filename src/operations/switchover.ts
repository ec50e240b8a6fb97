/** The role of a living master moves without the loss of a write. */
import type { LiveTopology } from '../live/live-topology.js';
import type { Plan } from '../plan/plan.js';
import { switchover as planSwitchoverOf } from '../plan/switchover.js';
import { type FailoverInput, type FailoverResult, lookAt, moveRole } from './failover.js';
import type { Engine, OperationOptions } from './operation.js';
import { startRun } from './run.js';
import { changeTopology, withTopology } from './topology.js';

/** For the next master to catch up, and then for the links of the others. */
const CATCH_UP_MS = 30_000;

/**
 * Hands the role of a living master over. Writes are refused for milliseconds, and none is lost;
 * if the next master can't catch up, nothing has changed. `timeoutMs` is what it has for that,
 * 30 s unless told otherwise. Rejects with `FailedError` if not everybody could be told of it: the
 * switchover stands then.
 */
export function switchover(
  engine: Engine,
  input: FailoverInput,
  { timeoutMs = CATCH_UP_MS, ...options }: OperationOptions = {},
): Promise<FailoverResult> {
  const { signal, emit } = startRun(options, timeoutMs);
  return changeTopology(engine, input.topology, { signal, emit }, async (live) => {
    const run = startRun(options, timeoutMs + CATCH_UP_MS);
    return moveRole(live, await planIt(live, input, timeoutMs), run, input);
  });
}

/** What `switchover` would do. Changes nothing. */
export const planSwitchover = (
  engine: Engine,
  input: FailoverInput,
  options: OperationOptions = {},
): Promise<Plan> =>
  withTopology(engine, input.topology, startRun(options, CATCH_UP_MS), (live) =>
    planIt(live, input, CATCH_UP_MS),
  );

async function planIt(
  live: LiveTopology,
  { node }: FailoverInput,
  withinMs: number,
): Promise<Plan> {
  const { observed, named, next } = await lookAt(live);
  return planSwitchoverOf(observed, {
    master: named('master'),
    node: next(node),
    withinMs,
  });
}
