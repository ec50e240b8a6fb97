import type { Context } from '../context.js';
import { observeForPlan } from '../live/observe-for-plan.js';
import { planText } from '../plan/plan-text.js';
import { reconcile } from '../plan/reconcile.js';
import { loadWish } from '../topology/load.js';
import type { TopologyFlags } from '../topology/settings.js';

export async function planCommand(
  context: Context,
  options: TopologyFlags & { readonly host?: string },
): Promise<number> {
  const wish = await loadWish(options, context);
  const [runtime, connect] = await Promise.all([
    context.connectRuntime(options.host, context.signal),
    context.loadRedis(),
  ]);
  const open = (node: string, port: number) => connect(runtime, node, port);
  const { topology, observed } = await observeForPlan(runtime, open, wish);
  context.stdout.write(planText(reconcile(topology, observed)));
  return 0;
}
