/** Bringing a topology up, with its progress on stderr: for `up`, `scale` and fresh drills. */
import { engineOf, showOn } from '../cli/engine.js';
import type { Context } from '../context.js';
import { duration, plural } from '../format.js';
import type { StatusWish, TopologyStatus } from '../live/status.js';
import { type UpResult, up } from '../operations/up.js';
import type { Wish } from '../topology/load.js';
import type { TopologyFlags } from '../topology/settings.js';
import { startProgress } from '../ui/progress.js';
import { commandLine } from './command-line.js';

export interface UpOptions extends TopologyFlags, StatusWish {
  readonly host?: string;
  /** Milliseconds for the whole. */
  readonly timeout?: number;
  readonly retain?: boolean;
  readonly json?: boolean;
}

/** Returns what is true then. @param again the command that goes on if this is broken off. */
export async function bringTopologyUp(
  context: Context,
  wish: Wish,
  options: UpOptions,
  again = commandLine('up', wish.name, options),
): Promise<TopologyStatus> {
  const { host, timeout: timeoutMs, retain, showSecrets = false } = options;
  const progress = await startProgress({ ...context, title: `bringing up ${wish.name}` });
  try {
    const result = await up(
      engineOf(context, host),
      { wish, retain, again, showSecrets },
      { signal: context.signal, timeoutMs, onEvent: showOn(progress) },
    );
    progress.end();
    context.stderr.write(`${summary(result)}\n`);
    return result.status;
  } finally {
    progress.end();
  }
}

function summary({ status: { topology, nodes }, changed, elapsedMs }: UpResult): string {
  const replicas = plural(nodes.length - 1, 'replica');
  const state = changed ? 'is up' : 'is up already, nothing changed';
  return `${topology} ${state}: 1 master and ${replicas}, in sync (${duration(elapsedMs)})`;
}
