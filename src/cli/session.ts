/** The operations' beginnings with what a command has at hand: its context and its options. */
import { resolve } from 'node:path';
import type { Context } from '../context.js';
import { InterruptedError } from '../errors.js';
import type { LiveTopology } from '../live/live-topology.js';
import type { TopologyStatus } from '../live/status.js';
import * as topology from '../operations/topology.js';
import { topologyNameOf } from '../topology/topology-name.js';
import { nextSyncLines } from '../ui/next-sync-text.js';
import { statusTable } from '../ui/status-table.js';
import type { OptionsOf, TargetOptions } from './flags.js';

/** Opens the topology, works on it and closes it on every path out. */
export async function withTopology<T>(
  context: Context,
  options: TargetOptions,
  work: (live: LiveTopology) => Promise<T>,
  signal: AbortSignal = context.signal,
): Promise<T> {
  const name = await topologyName(context, options);
  return topology.withTopology(context.engine(options.host), name, { signal }, work);
}

/** Where salvaged writes go: as `--salvage` says, or into rrepl's state folder. */
export const salvageTo = (
  { cwd, salvageTo: usual }: Context,
  { salvage }: { readonly salvage?: string | undefined },
): string => (salvage === undefined ? usual : resolve(cwd, salvage));

/** As `--name`, RREPL_NAME or rrepl.yaml say. */
export const topologyName = (context: Context, options: TargetOptions): Promise<string> =>
  topologyNameOf(options, context);

/** A command that goes on until it is stopped: that is its end, and no error. */
export async function untilStopped(
  { signal }: Pick<Context, 'signal'>,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const { reason } = signal;
    if (!(reason instanceof InterruptedError)) throw error;
    return reason.exitCode;
  }
}

/** As `status` shows it. */
export function printStatus(
  context: Context,
  status: TopologyStatus,
  { json }: OptionsOf<'json'>,
): void {
  if (json) printJson(context, status);
  else context.stdout.write(statusTable(status, context) + nextSyncLines(status, context.stdout));
}

export const printJson = (context: Context, value: unknown): void => {
  context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
