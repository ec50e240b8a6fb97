import type { Context } from '../../context.js';
import { scale } from '../../operations/scale.js';
import { loadScale } from '../../topology/load.js';
import { commandLine } from '../command-line.js';
import { bringUpAndShow, type UpOptions } from './up.js';

export async function scaleCommand(context: Context, options: UpOptions): Promise<number> {
  const wish = await loadScale(options, context);
  const { replicas, ...target } = options;
  const again = commandLine(`scale ${replicas}`, wish.name, target);
  return bringUpAndShow(context, wish, options, { operation: scale, again });
}
