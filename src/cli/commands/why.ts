import type { Context } from '../../context.js';
import { why } from '../../operations/why.js';
import { whyText } from '../../ui/why-text.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

export interface WhyOptions extends TargetOptions, OptionsOf<'json'> {
  readonly node: string;
}

export async function whyCommand(context: Context, options: WhyOptions): Promise<number> {
  const { node, json, host } = options;
  const topology = await topologyName(context, options);
  const told = await why(context.engine(host), { topology, node }, context);
  if (json) printJson(context, told);
  else context.stdout.write(whyText(told, context));
  return 0;
}
