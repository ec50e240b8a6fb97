import type { Context } from '../context.js';
import { observeForPlan } from '../live/observe-for-plan.js';
import { planText } from '../plan/plan-text.js';
import { reconcile } from '../plan/reconcile.js';
import { loadTopology } from '../topology/load.js';
import type { TopologyFlags } from '../topology/settings.js';

export async function planCommand(
  context: Context,
  options: TopologyFlags & { readonly host?: string },
): Promise<number> {
  const topology = await loadTopology(options, context);
  const [runtime, connect] = await Promise.all([
    context.connectRuntime(options.host, context.signal),
    context.loadRedis(),
  ]);
  const plan = reconcile(topology, await observeForPlan(runtime, connect, topology));
  context.stdout.write(planText(plan));
  return 0;
}
