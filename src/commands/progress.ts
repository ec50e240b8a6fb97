import { showOn, withAddress } from '../cli/engine.js';
import type { Context } from '../context.js';
import type { OperationOptions } from '../operations/operation.js';
import { startProgress } from '../ui/progress.js';

/** Shows on stderr what an operation does, as long as it works, and where the master is if that has changed. */
export async function withProgress<T>(
  context: Context,
  title: string,
  work: (options: OperationOptions) => Promise<T>,
): Promise<T> {
  const progress = await startProgress({ ...context, title });
  return withAddress(context, showOn(progress), async (onEvent) => {
    try {
      return await work({ signal: context.signal, onEvent });
    } finally {
      progress.end();
    }
  });
}
