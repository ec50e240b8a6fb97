/** What a command would do, step by step. */
import { engineOf } from '../cli/engine.js';
import type { Context } from '../context.js';
import { UsageError } from '../errors.js';
import { quoted } from '../format.js';
import { plan } from '../operations/plan.js';
import { planPromote } from '../operations/promote.js';
import { planSwitchover } from '../operations/switchover.js';
import type { Plan } from '../plan/plan.js';
import { planText } from '../plan/plan-text.js';
import { loadWish } from '../topology/load.js';
import type { TopologyFlags } from '../topology/settings.js';
import { topologyName } from './session.js';

export interface PlanOptions extends TopologyFlags {
  readonly host?: string;
  /** Whose plan: `up`, `promote` or `switchover`. */
  readonly planned?: string;
  /** The next master, where the role is to move. */
  readonly node?: string;
}

export async function planCommand(context: Context, options: PlanOptions): Promise<number> {
  context.stdout.write(planText(await planOf(context, options)));
  return 0;
}

async function planOf(context: Context, options: PlanOptions): Promise<Plan> {
  const { planned = 'up', node, host } = options;
  const engine = engineOf(context, host);
  const run = { signal: context.signal };
  if (planned === 'up' && node === undefined) {
    return plan(engine, { wish: await loadWish(options, context) }, run);
  }
  if (planned !== 'promote' && planned !== 'switchover') {
    throw new UsageError(
      `there is no plan of ${quoted([planned, node].filter(Boolean).join(' '))}`,
      {
        hint: '`rrepl plan`, `rrepl plan promote NODE` and `rrepl plan switchover NODE` are',
      },
    );
  }
  const input = { topology: await topologyName(context, options), node };
  return (planned === 'promote' ? planPromote : planSwitchover)(engine, input, run);
}
