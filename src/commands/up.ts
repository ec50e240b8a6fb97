import type { Context } from '../context.js';
import { loadWish, type Wish } from '../topology/load.js';
import { connectLines, statusTable } from '../ui/status-table.js';
import { bringTopologyUp, type UpOptions } from './bring-up.js';
import { printJson } from './session.js';

export async function upCommand(context: Context, options: UpOptions): Promise<number> {
  return bringUpAndShow(context, await loadWish(options, context), options);
}

export async function bringUpAndShow(
  context: Context,
  wish: Wish,
  options: UpOptions,
  again?: string,
): Promise<number> {
  const status = await bringTopologyUp(context, wish, options, again);
  if (options.json) printJson(context, status);
  else {
    // On a terminal, apart from the progress above it.
    const apart = context.stdout.isTTY ? '\n' : '';
    context.stdout.write(`${apart}${statusTable(status, context)}\n${connectLines(status)}`);
  }
  return 0;
}
