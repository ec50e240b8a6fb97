import type { Context } from '../context.js';
import { DeadlineError } from '../errors.js';
import { healTopology } from '../execute/heal.js';
import { connectTo } from '../live/reach.js';
import { changesOf } from '../plan/plan-text.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { startProgress } from '../ui/progress.js';
import { alone } from './lock.js';
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
  await withDeadline(context.signal, deadline, 'it is not done', (signal) => {
    const lock = { name, host: options.host, deadline, signal };
    return alone(context, lock, () => heal(context, { ...options, name }, { deadline, signal }));
  });
  return showStatus(context, { ...options, name });
}

async function heal(
  context: Context,
  { name, host }: { readonly name: string; readonly host?: string | undefined },
  { deadline, signal }: Limits,
): Promise<void> {
  const [runtime, connect] = await Promise.all([
    context.connectRuntime(host, signal),
    context.loadRedis(),
  ]);
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
    const done = changesOf(plan).length > 0 ? 'is healed' : 'was well, nothing changed';
    context.stderr.write(`${name} ${done}\n`);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new DeadlineError(`${name} could not be healed: ${error.message}`, {
      hint: `\`rrepl status --name ${name}\` and \`rrepl logs --name ${name}\` show more`,
      cause: error,
    });
  } finally {
    progress.end();
  }
}
