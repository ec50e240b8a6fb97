/** Observes a topology, plans what heals it and carries that out. */
import { listTopology, refuseUnreadable } from '../docker/topologies.js';
import { refuseAbsent } from '../live/live-topology.js';
import { withRemedy } from '../live/remedy.js';
import { observe } from '../observe/nodes.js';
import { observeAccess } from '../observe/reach.js';
import { type HealingPlan, heal } from '../plan/heal.js';
import { nextPart } from '../plan/plan.js';
import { causeOf, diedMeanwhile, execute } from './execute.js';
import type { World } from './world.js';

/** Each attempt after the first follows a server that died since the last look. */
const ATTEMPTS = 3;

/** Returns the plan that was carried out. Throws `UsageError` if there is no such topology, or what the failed step met. */
export async function healTopology(name: string, world: World): Promise<HealingPlan> {
  for (let attempt = 1; ; attempt += 1) {
    const plan = await planHealing(name, world);
    const part = nextPart(plan);
    if (part === plan) {
      for (const note of plan.notes) world.emit({ type: 'note', ...note });
    }
    try {
      await execute(part, world);
      if (part === plan) return plan;
    } catch (error) {
      if (attempt < ATTEMPTS && diedMeanwhile(error)) continue;
      const cause = causeOf(error);
      throw await withRemedy(cause, { ...world, topology: name });
    }
  }
}

/** Changes nothing. */
export async function planHealing(
  name: string,
  { runtime, connect }: Pick<World, 'runtime' | 'connect'>,
): Promise<HealingPlan> {
  const seen = await listTopology(runtime, name);
  refuseAbsent(runtime, seen);
  refuseUnreadable(seen);
  const access = await observeAccess(runtime, seen);
  return heal({ ...(await observe(runtime, connect, seen)), access });
}
