/** Observes a topology, plans what heals it and carries that out. */
import type { Access } from '../access/access.js';
import { listTopology, refuseUnreadable } from '../docker/topologies.js';
import { refuseAbsent } from '../live/live-topology.js';
import { withRemedy } from '../live/remedy.js';
import { observe } from '../observe/nodes.js';
import { type HealingPlan, heal } from '../plan/heal.js';
import { nextPart } from '../plan/plan.js';
import { causeOf, diedMeanwhile, execute } from './execute.js';
import type { World } from './world.js';

interface HealingWorld extends World {
  /** How its servers are reached; null if everyone is let in. */
  readonly access: Access | null;
}

/** Each attempt after the first follows a server that died since the last look. */
const ATTEMPTS = 3;

/** Returns the plan that was carried out. Throws `UsageError` if there is no such topology, or what the failed step met. */
export async function healTopology(name: string, world: HealingWorld): Promise<HealingPlan> {
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
  { runtime, connect, access }: Pick<HealingWorld, 'runtime' | 'connect' | 'access'>,
): Promise<HealingPlan> {
  const seen = await listTopology(runtime, name);
  refuseAbsent(runtime, seen);
  refuseUnreadable(seen);
  return heal({ ...(await observe(runtime, connect, seen)), access });
}
