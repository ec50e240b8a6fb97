import type { Context } from '../context.js';
import { findNode } from '../live/find-node.js';
import { readStatus } from '../live/status.js';
import { explain, readLogs } from '../live/why.js';
import { measureWriteRates, withWriteRates } from '../live/write-rates.js';
import { whyText } from '../ui/why-text.js';
import { printJson, type TargetOptions, withTopology } from './session.js';

export interface WhyOptions extends TargetOptions {
  readonly node: string;
  readonly json?: boolean;
}

export async function whyCommand(context: Context, options: WhyOptions): Promise<number> {
  const why = await withTopology(context, options, async (live) => {
    const [seen, rates, logs] = await Promise.all([
      readStatus(live),
      measureWriteRates(live.nodes),
      readLogs(live),
    ]);
    const status = withWriteRates(seen, rates);
    return explain(findNode(status, options.node), { status, logs, nodes: live.observed.nodes });
  });
  if (options.json) printJson(context, why);
  else context.stdout.write(whyText(why, context));
  return 0;
}
