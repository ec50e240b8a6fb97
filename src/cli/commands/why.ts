import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { electionOutlook } from '../../operations/election.js';
import { why } from '../../operations/why.js';
import { electionText } from '../../ui/election-text.js';
import { whyText } from '../../ui/why-text.js';
import { wrapped } from '../../ui/wrap.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

export interface WhyOptions extends TargetOptions, OptionsOf<'election' | 'json'> {
  readonly node: string | undefined;
}

export async function whyCommand(context: Context, options: WhyOptions): Promise<number> {
  const { node, json, host, election } = options;
  if (election) return whyElection(context, options);
  if (node === undefined) throw new UsageError("missing required argument 'node'");
  const topology = await topologyName(context, options);
  const told = await why(context.engine(host), { topology, node }, context);
  if (json) printJson(context, told);
  else context.stdout.write(whyText(told, context));
  return 0;
}

async function whyElection(context: Context, options: WhyOptions): Promise<number> {
  const { node: gone, json, host } = options;
  const topology = await topologyName(context, options);
  const outlook = await electionOutlook(context.engine(host), { topology, gone }, context);
  if (json) printJson(context, outlook);
  else context.stdout.write(wrapped(electionText(outlook), context.stdout));
  return 0;
}
