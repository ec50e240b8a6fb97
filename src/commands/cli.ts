import type { Context } from '../context.js';
import { UsageError } from '../errors.js';
import { findNode } from '../live/find-node.js';
import { readStatus } from '../live/status.js';
import { type TargetOptions, withTopology } from './session.js';

export interface CliOptions extends TargetOptions {
  /** The master if absent. */
  readonly node?: string;
  /** Arguments for redis-cli; none opens it for a person. */
  readonly args: readonly string[];
}

/** Runs the image's own redis-cli inside the node's container; returns its exit code. */
export async function cliCommand(context: Context, options: CliOptions): Promise<number> {
  return withTopology(context, options, async (live) => {
    const status = await readStatus(live);
    const { name, container, state } = findNode(status, options.node ?? 'master');
    if (container === null || state !== 'running') {
      throw new UsageError(`${name} is ${state}`, { hint: '`rrepl up` brings it back' });
    }
    return live.runtime.execInteractive(container, ['redis-cli', ...options.args], context);
  });
}
