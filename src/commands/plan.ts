import type { Context } from '../context.js';
import { observeForPlan } from '../live/observe-for-plan.js';
import { planText } from '../plan/plan-text.js';
import { shownPlan } from '../plan/preparation.js';
import { reconcile } from '../plan/reconcile.js';
import { softwareOf } from '../redis/rdb-format.js';
import type { TopologyFlags } from '../topology/flags.js';
import { loadWish } from '../topology/load.js';

/** Changes nothing, so what an image runs is taken from what it says about itself. */
export async function planCommand(
  context: Context,
  options: TopologyFlags & { readonly host?: string },
): Promise<number> {
  const wish = await loadWish(options, context);
  const [runtime, connect] = await Promise.all([
    context.connectRuntime(options.host, context.signal),
    context.loadRedis(),
  ]);
  const untold: string[] = [];
  const { topology, observed } = await observeForPlan(
    runtime,
    connect,
    wish,
    async (_, { image }, facts) => {
      const software = softwareOf(image, facts?.env ?? []);
      if (software === null) untold.push(`what ${image} runs is not known: \`up\` asks it first`);
      return software;
    },
  );
  const plan = shownPlan(reconcile(topology, observed), observed);
  context.stdout.write(planText({ ...plan, notes: [...plan.notes, ...untold] }));
  return 0;
}
