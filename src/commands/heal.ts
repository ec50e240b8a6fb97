import type { Context } from '../context.js';
import { observeTopology, readMountedConfigs } from '../docker/observe.js';
import { DeadlineError, FailedError } from '../errors.js';
import { healTopology } from '../execute/heal.js';
import { connectTo } from '../live/reach.js';
import { type Gone, whatIsGone } from '../plan/gone.js';
import { changesOf } from '../plan/plan-text.js';
import { Deadline } from '../redis/wait.js';
import { startProgress } from '../ui/progress.js';
import { commandLine } from './command-line.js';
import { showStatus } from './node-actions.js';
import { type TargetOptions, topologyName } from './session.js';
import { withDeadline } from './with-deadline.js';

export interface HealOptions extends TargetOptions {
  readonly timeout?: number;
  readonly json?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export async function healCommand(context: Context, options: HealOptions): Promise<number> {
  const deadline = new Deadline(options.timeout ?? DEFAULT_TIMEOUT_MS);
  const name = await topologyName(context, options);
  const { signal, stop } = withDeadline(context.signal, deadline, 'it is not done');
  const [runtime, connect] = await Promise.all([
    context.connectRuntime(options.host, signal),
    context.loadRedis(),
  ]);
  const seen = await observeTopology(runtime, name);
  const gone = whatIsGone(seen, await readMountedConfigs(runtime, seen.nodes));
  const again = commandLine('up', name, options);
  // A container can't be attached to a network that isn't there.
  if (gone.networks.length > 0 && seen.nodes.length > 0) throw notThere(name, gone, again);
  const progress = await startProgress({ ...context, title: `healing ${name}` });
  try {
    const plan = await healTopology(name, {
      runtime,
      creation: null,
      connect: await connectTo(runtime, connect, name),
      deadline,
      signal,
      emit: progress.show,
    });
    progress.end();
    if (gone.nodes.length === 0) {
      const done = changesOf(plan).length > 0 ? 'is healed' : 'was well, nothing changed';
      context.stderr.write(`${name} ${done}\n`);
    }
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new DeadlineError(`${name} could not be healed: ${error.message}`, {
      hint: `\`rrepl status --name ${name}\` and \`rrepl logs --name ${name}\` show more`,
      cause: error,
    });
  } finally {
    progress.end();
    stop();
  }
  const exitCode = await showStatus(context, { ...options, name });
  if (gone.nodes.length > 0) throw notThere(name, gone, again);
  return exitCode;
}

function notThere(topology: string, { nodes, networks }: Gone, again: string): FailedError {
  const parts = [
    ...nodes.map((node) => `the container of ${node}`),
    ...networks.map((network) => `the network ${network}`),
  ];
  return new FailedError(`${topology} is not whole, gone: ${parts.join(', ')}`, {
    hint: `\`${again}\` makes again what is gone`,
  });
}
