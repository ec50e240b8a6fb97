/** What most commands begin with: the engine, and the topology that the user means. */
import type { Context } from '../context.js';
import { type LiveTopology, openTopology } from '../live/live-topology.js';
import { withRemedy } from '../live/remedy.js';
import { alone } from './lock.js';

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
  const [runtime, connect, name] = await Promise.all([
    context.connectRuntime(options.host, signal),
    context.loadRedis(),
    topologyName(context, options),
  ]);
  const live = await openTopology(runtime, connect, name);
  try {
    return await work(live);
  } catch (error) {
    throw await withRemedy(error, { ...live, topology: name });
  } finally {
    live.close();
  }
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

/** As `--name`, RREPL_NAME or rrepl.yaml say. */
export async function topologyName(context: Context, options: TargetOptions): Promise<string> {
  const { loadTopologyName } = await import('../topology/load.js');
  return loadTopologyName(options, context);
}

export const printJson = (context: Context, value: unknown): void => {
  context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
