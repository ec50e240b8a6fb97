/** The operations' beginnings with what a command has at hand: its context and its options. */
import { tellOn } from '../cli/engine.js';
import type { Context } from '../context.js';
import type { LiveTopology } from '../live/live-topology.js';
import type { TopologyStatus } from '../live/status.js';
import * as lock from '../operations/lock.js';
import * as topology from '../operations/topology.js';
import type { Deadline } from '../redis/wait.js';
import { topologyNameOf } from '../topology/topology-name.js';
import { nextSyncLines } from '../ui/next-sync-text.js';
import { statusTable } from '../ui/status-table.js';

export interface TargetOptions {
  readonly name?: string | undefined;
  readonly file?: string | undefined;
  readonly host?: string | undefined;
}

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

/** The same for what changes the topology: no other command does meanwhile. */
export async function changeTopology<T>(
  context: Context,
  options: TargetOptions,
  work: (live: LiveTopology) => Promise<T>,
): Promise<T> {
  const target = { ...options, name: await topologyName(context, options) };
  return alone(context, target, () => withTopology(context, target, work));
}

export interface LockOptions {
  readonly name: string;
  readonly host?: string | undefined;
  readonly deadline?: Deadline;
  readonly signal?: AbortSignal;
}

export const alone = <T>(
  context: Context,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> =>
  lock.alone(context.engine(options.host), options.name, waiting(context, options), work);

export const takeLock = (context: Context, options: LockOptions): Promise<lock.Release> =>
  lock.takeLock(context.engine(options.host), options.name, waiting(context, options));

const waiting = (context: Context, { deadline, signal = context.signal }: LockOptions) => ({
  signal,
  emit: tellOn(context),
  ...(deadline && { deadline }),
});

/** As `--name`, RREPL_NAME or rrepl.yaml say. */
export const topologyName = (context: Context, options: TargetOptions): Promise<string> =>
  topologyNameOf(options, context);

/** As `status` shows it. */
export function printStatus(
  context: Context,
  status: TopologyStatus,
  { json }: { readonly json?: boolean },
): void {
  if (json) printJson(context, status);
  else context.stdout.write(statusTable(status, context) + nextSyncLines(status));
}

export const printJson = (context: Context, value: unknown): void => {
  context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
