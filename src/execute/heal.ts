/** Observes a topology, plans what heals it and carries that out. */
import { observeTopology, refuseUnreadable } from '../docker/observe.js';
import { refuseAbsent } from '../live/live-topology.js';
import { observeNodes } from '../live/observe-nodes.js';
import { withRemedy } from '../live/remedy.js';
import { heal } from '../plan/heal.js';
import type { Plan } from '../plan/plan.js';
import { firstLook } from '../plan/preparation.js';
import { causeOf, diedMeanwhile, execute } from './execute.js';
import type { World } from './world.js';

/** Each attempt after the first follows a server that died since the last look. */
const ATTEMPTS = 3;

/** Returns the plan that was carried out. Throws `UsageError` if there is no such topology, or what the failed step met. */
export async function healTopology(name: string, world: World): Promise<Plan> {
  for (let attempt = 1; ; attempt += 1) {
    const { plan, first } = await planHealing(name, world);
    const part = first.length > 0 ? { ...plan, steps: first } : plan;
    if (part === plan) {
      for (const text of plan.notes) world.emit({ type: 'note', text });
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

/** Changes nothing. `first`: what must be done before the rest can be decided. */
export async function planHealing(
  name: string,
  { runtime, connect }: Pick<World, 'runtime' | 'connect'>,
) {
  const observed = await observeTopology(runtime, name);
  refuseAbsent(runtime, observed);
  refuseUnreadable(observed);
  const nodeFacts = await observeNodes(runtime, connect, observed);
  const plan = heal(observed, nodeFacts);
  return { plan, first: firstLook(plan.steps, name, nodeFacts) };
}
