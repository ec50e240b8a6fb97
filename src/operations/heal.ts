/** What is there is brought back: stopped, paused and cut off nodes, roles and settings. */
import { DeadlineError } from '../errors.js';
import { healTopology, planHealing } from '../execute/heal.js';
import type { LiveTopology } from '../live/live-topology.js';
import { readStatus, type StatusWish, type TopologyStatus } from '../live/status.js';
import type { Gone } from '../plan/gone.js';
import type { HealingPlan } from '../plan/heal.js';
import { changesOf } from '../plan/plan-text.js';
import { upToTheLook } from '../plan/preparation.js';
import { tellingWhere } from './failover.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { endInTime, type Run, startRun } from './run.js';
import { changeTopology, withTopology } from './topology.js';

export interface HealInput extends Target, StatusWish {}

/** Whether there was anything to heal, and the topology after it. */
export interface HealResult {
  /** False if all was well. */
  readonly changed: boolean;
  /** What is not there, and so can't be healed. Without a network nothing is done. */
  readonly gone: Gone;
  readonly status: TopologyStatus;
}

const TIMEOUT_MS = 60_000;

/**
 * Brings back what is there, and nothing else. It may fail over: where the master is lost, the
 * node whose data count leads, and what others would lose is set aside. 60 s unless `timeoutMs`
 * says otherwise. Rejects with `UndecidedError` if nothing tells whose data count.
 */
export async function heal(
  engine: Engine,
  { topology, ...wish }: HealInput,
  options: OperationOptions = {},
): Promise<HealResult> {
  try {
    return await endInTime(startRun(options, TIMEOUT_MS), 'it is not done', (run) =>
      changeTopology(engine, topology, run, async (live) => {
        const found = await healIt(live, run);
        // Containers that were started have other addresses.
        const status = await withTopology(engine, topology, run, (it) => readStatus(it, wish));
        return { ...found, status };
      }),
    );
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new DeadlineError(`${topology} could not be healed: ${error.message}`, {
      about: { code: 'deadline', topology, operation: 'heal' },
      cause: error,
    });
  }
}

async function healIt(live: LiveTopology, run: Run) {
  const { runtime, connect, access } = live;
  const plan = await tellingWhere(live, run, (emit) =>
    healTopology(live.name, { ...run, runtime, connect, access, creation: null, emit }),
  );
  return { gone: plan.gone, changed: changesOf(plan).length > 0 };
}

/** What `heal` would do, as far as it can be decided without doing any of it. Changes nothing. */
export const planHeal = (
  engine: Engine,
  { topology }: Target,
  options: OperationOptions = {},
): Promise<HealingPlan> =>
  withTopology(engine, topology, startRun(options, TIMEOUT_MS), async (live) => {
    const plan = await planHealing(topology, live);
    return { ...plan, ...upToTheLook(plan, 'heal') };
  });
