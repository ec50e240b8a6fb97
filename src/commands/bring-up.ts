/** Bringing a topology up within a deadline, with its progress on stderr: for `up` and for fresh drills. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../context.js';
import { bringUp } from '../execute/bring-up.js';
import { duration, plural } from '../format.js';
import { readStatus, type StatusWish, type TopologyStatus } from '../live/status.js';
import { changesOf } from '../plan/plan-text.js';
import { Deadline, type Limits } from '../redis/wait.js';
import type { Wish } from '../topology/load.js';
import type { TopologyFlags } from '../topology/settings.js';
import { startProgress } from '../ui/progress.js';
import { commandLine } from './command-line.js';
import { alone } from './lock.js';
import { withTopology } from './session.js';
import { withDeadline } from './with-deadline.js';

export interface UpOptions extends TopologyFlags, StatusWish {
  readonly host?: string;
  /** Milliseconds for the whole. */
  readonly timeout?: number;
  readonly retain?: boolean;
  readonly json?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Returns what is true then. @param again the command that goes on if this is broken off. */
export async function bringTopologyUp(
  context: Context,
  wish: Wish,
  options: UpOptions,
  again = commandLine('up', wish.name, options),
): Promise<TopologyStatus> {
  const { name } = wish;
  const deadline = new Deadline(options.timeout ?? DEFAULT_TIMEOUT_MS);
  return withDeadline(context.signal, deadline, `${name} is not up`, (signal) => {
    const lock = { name, host: options.host, deadline, signal };
    const limits = { deadline, signal };
    return alone(context, lock, () => raise(context, wish, { ...options, again }, limits));
  });
}

async function raise(
  context: Context,
  wish: Wish,
  { again, ...options }: UpOptions & { readonly again: string },
  { deadline, signal }: Limits,
): Promise<TopologyStatus> {
  const { name } = wish;
  const progress = await startProgress({ ...context, title: `bringing up ${name}` });
  try {
    const plan = await bringUp({
      id: randomUUID(),
      wish,
      deadline,
      signal,
      connectRuntime: (ends) => context.connectRuntime(options.host, ends),
      connect: await context.loadRedis(),
      emit: progress.show,
      again,
      retain: options.retain ?? false,
    });
    progress.end();
    const status = await withTopology(
      context,
      { ...options, name },
      (live) => readStatus(live, options),
      signal,
    );
    const changed = changesOf(plan).length > 0;
    context.stderr.write(`${summary(status, changed, deadline.elapsedMs())}\n`);
    return status;
  } finally {
    progress.end();
  }
}

function summary({ topology, nodes }: TopologyStatus, changed: boolean, ms: number): string {
  const replicas = plural(nodes.length - 1, 'replica');
  const state = changed ? 'is up' : 'is up already, nothing changed';
  return `${topology} ${state}: 1 master and ${replicas}, in sync (${duration(ms)})`;
}
