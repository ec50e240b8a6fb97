/** What a command would do, step by step. */
import { engineOf } from '../cli/engine.js';
import type { Context } from '../context.js';
import { plan } from '../operations/plan.js';
import { planPromote } from '../operations/promote.js';
import { planSwitchover } from '../operations/switchover.js';
import type { Plan } from '../plan/plan.js';
import { planText } from '../plan/plan-text.js';
import type { TopologyFlags } from '../topology/flags.js';
import { loadWish } from '../topology/load.js';
import { type TargetOptions, topologyName } from './session.js';

export interface PlanOptions extends TopologyFlags {
  readonly host?: string;
}

/** Of `up`. */
export async function planCommand(context: Context, options: PlanOptions): Promise<number> {
  const wish = await loadWish(options, context);
  return show(context, await plan(engineOf(context, options.host), { wish }, context));
}

export interface PlanFailoverOptions extends TargetOptions {
  /** The next master; the replica that is furthest if absent. */
  readonly node: string | undefined;
}

export async function planFailoverCommand(
  context: Context,
  command: 'promote' | 'switchover',
  options: PlanFailoverOptions,
): Promise<number> {
  const planned = command === 'promote' ? planPromote : planSwitchover;
  const input = { topology: await topologyName(context, options), node: options.node };
  return show(context, await planned(engineOf(context, options.host), input, context));
}

function show({ stdout }: Context, shown: Plan): number {
  stdout.write(planText(shown));
  return 0;
}
