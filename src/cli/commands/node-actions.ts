/** One thing done to one node, and then a table of what is true now. */

import type { Context } from '../../context.js';
import { type Fault, faultOf } from '../../operations/faults.js';
import { withConsent } from '../../ui/confirm.js';
import { tellOn } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printStatus, salvageTo, topologyName } from '../session.js';

export interface NodeActionOptions extends TargetOptions, OptionsOf<'yes' | 'salvage' | 'json'> {
  readonly node: string;
}

export async function nodeActionCommand(
  context: Context,
  action: Fault,
  options: NodeActionOptions,
): Promise<number> {
  const { node, yes: agreed = false, host } = options;
  const topology = await topologyName(context, options);
  const { status, changed, ...done } = await withConsent(context, agreed, (yes) =>
    faultOf(action)(
      context.engine(host),
      { topology, node, yes },
      {
        signal: context.signal,
        onEvent: tellOn(context),
        salvageTo: salvageTo(context, options),
      },
    ),
  );
  if (changed) context.stderr.write(`${action} ${done.node}: done\n`);
  printStatus(context, status, options);
  return 0;
}
