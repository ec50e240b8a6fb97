import type { Context } from '../../context.js';
import { EXIT_CODES } from '../../errors.js';
import { logs } from '../../operations/logs.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { topologyName, untilStopped } from '../session.js';

export interface LogsOptions extends TargetOptions, OptionsOf<'follow' | 'tail'> {
  readonly node?: string | undefined;
}

/** Where several nodes log, each line begins with the node's name. */
export async function logsCommand(context: Context, options: LogsOptions): Promise<number> {
  const { node, follow, tail, host } = options;
  const onLine = (line: string, name: string, nodes: readonly string[]) => {
    const width = Math.max(...nodes.map((it) => it.length));
    const prefix = nodes.length > 1 ? `${name.padEnd(width)} | ` : '';
    context.stdout.write(`${prefix}${line}\n`);
  };
  const topology = await topologyName(context, options);
  const { signal } = context;
  return untilStopped(context, async () => {
    await logs(context.engine(host), { topology, node, follow, tail, onLine }, { signal });
    return EXIT_CODES.done;
  });
}
