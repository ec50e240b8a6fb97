/** The master's role moves by force: the master is dead. */
import type { LiveTopology } from '../live/live-topology.js';
import type { Plan } from '../plan/plan.js';
import { promotion } from '../plan/promotion.js';
import { type FailoverInput, type FailoverResult, lookAt, moveRole } from './failover.js';
import type { Engine, OperationOptions } from './operation.js';
import { startRun } from './run.js';
import { changeTopology, withTopology } from './topology.js';

export interface PromoteInput extends FailoverInput {
  /** Also beside sentinels, where too few of them can take part to elect anybody. */
  readonly force?: boolean | undefined;
}

const TIMEOUT_MS = 60_000;

/**
 * Makes a replica the master where none lives. What the others have and the next master lacks is
 * set aside; it is durable before they are told, each on its own. Rejects with `UsageError` if a
 * master lives, with `FailedError` if not everybody could be told: the promotion stands then.
 * 60 s unless `timeoutMs` says otherwise.
 */
export function promote(
  engine: Engine,
  input: PromoteInput,
  options: OperationOptions = {},
): Promise<FailoverResult> {
  const waiting = startRun(options, TIMEOUT_MS);
  return changeTopology(engine, input.topology, waiting, async (live) => {
    const run = startRun(options, TIMEOUT_MS);
    return moveRole(live, await planIt(live, input), run, input);
  });
}

/** What `promote` would do. Changes nothing. */
export const planPromote = (
  engine: Engine,
  input: FailoverInput,
  options: OperationOptions = {},
): Promise<Plan> =>
  withTopology(engine, input.topology, startRun(options, TIMEOUT_MS), (live) =>
    planIt(live, input),
  );

async function planIt(live: LiveTopology, { node, force }: PromoteInput): Promise<Plan> {
  const { observed, next } = await lookAt(live);
  return promotion(observed, next(node), force);
}
