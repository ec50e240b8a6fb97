/** What `up` would do. */
import { planUp } from '../execute/plan-up.js';
import type { AskImage } from '../observe/surroundings.js';
import type { Plan } from '../plan/plan.js';
import { shownPlan } from '../plan/preparation.js';
import { softwareOf } from '../redis/rdb-format.js';
import type { Wish } from '../topology/load.js';
import type { Engine, OperationOptions } from './operation.js';
import { endInTime, startRun } from './run.js';

const TIMEOUT_MS = 60_000;

/**
 * The plan of `up`, as far as it can be decided without doing any of it. Changes nothing, so what
 * an image runs is taken from what it says about itself. 60 s unless `timeoutMs` says otherwise.
 */
export function plan(
  engine: Engine,
  { wish }: { readonly wish: Wish },
  options: OperationOptions = {},
): Promise<Plan> {
  return endInTime(startRun(options, TIMEOUT_MS), 'there is no plan', async ({ signal }) => {
    const [runtime, connect] = await Promise.all([
      engine.connectRuntime(signal),
      engine.loadRedis(),
    ]);
    const untold: string[] = [];
    const askImage: AskImage = async (_, { image }, facts) => {
      const software = softwareOf(image, facts?.env ?? []);
      if (software === null) untold.push(`what ${image} runs is not known: \`up\` asks it first`);
      return software;
    };
    // What comes after the pull can be shown as well.
    const planned = await planUp(runtime, connect, wish, { pulled: true, askImage });
    const shown = shownPlan(planned.plan, planned.observed);
    return { ...shown, notes: [...shown.notes, ...untold.map((text) => ({ text }))] };
  });
}
