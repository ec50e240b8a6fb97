import type { Context } from '../context.js';
import { UsageError } from '../errors.js';
import { loadScale } from '../topology/load.js';
import type { UpOptions } from './bring-up.js';
import { commandLine } from './command-line.js';
import { bringUpAndShow } from './up.js';

export async function scaleCommand(context: Context, options: UpOptions): Promise<number> {
  const wish = await loadScale(options, context);
  const { name } = wish;
  const existing = {
    ...wish,
    resolve: (present: Parameters<typeof wish.resolve>[0]) => {
      if (present !== null) return wish.resolve(present);
      throw new UsageError(`there is no topology ${name} to scale`, {
        hint: `\`rrepl up --name ${name} --replicas ${options.replicas}\` makes it; \`rrepl ls\` shows what there is`,
      });
    },
  };
  const { replicas, ...target } = options;
  const again = commandLine(`scale ${replicas}`, name, target);
  return bringUpAndShow(context, existing, options, again);
}
