import type { Context } from '../context.js';
import { observeTopology, readMountedConfigs } from '../docker/observe.js';
import { DeadlineError, FailedError } from '../errors.js';
import { healTopology } from '../execute/heal.js';
import { refuseAbsent } from '../live/live-topology.js';
import { connectTo } from '../live/reach.js';
import { endInTime } from '../operations/run.js';
import { type Gone, whatIsGone } from '../plan/gone.js';
import { changesOf } from '../plan/plan-text.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { startProgress } from '../ui/progress.js';
import { commandLine } from './command-line.js';
import { showStatus } from './node-actions.js';
import { alone, type TargetOptions, topologyName } from './session.js';

export interface HealOptions extends TargetOptions {
  readonly timeout?: number;
  readonly json?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export async function healCommand(context: Context, options: HealOptions): Promise<number> {
  const deadline = new Deadline(options.timeout ?? DEFAULT_TIMEOUT_MS);
  const name = await topologyName(context, options);
  const gone = await endInTime(
    { signal: context.signal, deadline },
    'it is not done',
    ({ signal }) => {
      const lock = { name, host: options.host, deadline, signal };
      return alone(context, lock, () => heal(context, { ...options, name }, { deadline, signal }));
    },
  ).catch((error) => {
    if (!(error instanceof DeadlineError)) throw error;
    throw new DeadlineError(`${name} could not be healed: ${error.message}`, {
      hint: `\`rrepl status --name ${name}\` and \`rrepl logs --name ${name}\` show more`,
      cause: error,
    });
  });
  const exitCode = await showStatus(context, { ...options, name });
  if (gone.nodes.length > 0) throw notThere(name, gone, options);
  return exitCode;
}

/** Returns what is gone, and so could not be healed. */
async function heal(
  context: Context,
  options: HealOptions & { readonly name: string },
  { deadline, signal }: Limits,
): Promise<Gone> {
  const { name } = options;
  const [runtime, connect] = await Promise.all([
    context.connectRuntime(options.host, signal),
    context.loadRedis(),
  ]);
  const seen = await observeTopology(runtime, name);
  refuseAbsent(runtime, seen);
  const gone = whatIsGone(seen, await readMountedConfigs(runtime, seen.nodes));
  // A container can't be attached to a network that isn't there.
  if (gone.networks.length > 0) throw notThere(name, gone, options);
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
  } finally {
    progress.end();
  }
  return gone;
}

function notThere(
  topology: string,
  { nodes, networks }: Gone,
  options: TargetOptions,
): FailedError {
  const parts = [
    ...nodes.map((node) => `the container of ${node}`),
    ...networks.map((network) => `the network ${network}`),
  ];
  return new FailedError(`${topology} is not whole, gone: ${parts.join(', ')}`, {
    hint: `\`${commandLine('up', topology, options)}\` makes again what is gone`,
  });
}
