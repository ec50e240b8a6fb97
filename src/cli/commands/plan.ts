/** What a command would do, step by step. */
import type { Context } from '../../context.js';
import { plan } from '../../operations/plan.js';
import { planPromote } from '../../operations/promote.js';
import { planSwitchover } from '../../operations/switchover.js';
import type { Plan } from '../../plan/plan.js';
import { planText } from '../../plan/plan-text.js';
import { planDocument } from '../../report/plan.js';
import type { TopologyFlags } from '../../topology/flags.js';
import { loadWish } from '../../topology/load.js';
import type { EngineOptions, OptionsOf, TargetOptions } from '../flags.js';
import { noteText } from '../hints/index.js';
import { printJson, topologyName } from '../session.js';

export type PlanOptions = TopologyFlags & EngineOptions & OptionsOf<'json'>;

/** Of `up`. */
export async function planCommand(context: Context, options: PlanOptions): Promise<number> {
  const wish = await loadWish(options, context);
  return showPlan(context, await plan(context.engine(options.host), { wish }, context), options);
}

export interface PlanFailoverOptions extends TargetOptions, OptionsOf<'json'> {
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
  return showPlan(context, await planned(context.engine(options.host), input, context), options);
}

/** Also of `heal`. */
export function showPlan(context: Context, plan: Plan, { json }: OptionsOf<'json'>): number {
  const shown = { ...plan, notes: plan.notes.map((note) => ({ text: noteText(note) })) };
  if (json) printJson(context, planDocument(shown));
  else context.stdout.write(planText(shown));
  return 0;
}
