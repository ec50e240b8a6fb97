/** Bringing a topology up, with its progress on stderr: for `up`, `scale` and fresh drills. */
import type { Context } from '../../context.js';
import { duration, plural } from '../../format.js';
import type { TopologyStatus } from '../../live/status.js';
import type { OperationEvent } from '../../operations/operation.js';
import { type UpResult, up } from '../../operations/up.js';
import type { TopologyFlags } from '../../topology/flags.js';
import { loadWish, type Wish } from '../../topology/load.js';
import { connectLines, statusTable } from '../../ui/status-table.js';
import { wrapped } from '../../ui/wrap.js';
import { commandLine } from '../command-line.js';
import { withProgress } from '../events.js';
import type { EngineOptions, OptionsOf } from '../flags.js';
import { goesOn } from '../hints/wish.js';
import { printJson, salvageTo } from '../session.js';

export type UpOptions = TopologyFlags &
  EngineOptions &
  OptionsOf<'timeout' | 'retain' | 'salvage' | 'json' | 'show-secrets'>;

interface Way {
  /** `up`, or `scale`. */
  readonly operation: typeof up;
  /** The command that goes on if this is broken off. */
  readonly again: string;
}

export async function upCommand(context: Context, options: UpOptions): Promise<number> {
  return bringUpAndShow(context, await loadWish(options, context), options);
}

export async function bringUpAndShow(
  context: Context,
  wish: Wish,
  options: UpOptions,
  way?: Way,
): Promise<number> {
  const status = await bringTopologyUp(context, wish, options, way);
  if (options.json) printJson(context, status);
  else {
    // On a terminal, apart from the progress above it.
    const apart = context.stdout.isTTY ? '\n' : '';
    context.stdout.write(`${apart}${statusTable(status, context)}\n${connectLines(status)}`);
  }
  return 0;
}

/** Returns what is true then. */
export async function bringTopologyUp(
  context: Context,
  wish: Wish,
  { host, timeout: timeoutMs, retain, salvage, showSecrets, ...options }: UpOptions,
  { operation, again }: Way = {
    operation: up,
    again: commandLine('up', wish.name, { host, ...options }),
  },
): Promise<TopologyStatus> {
  const result = await withProgress(context, `bringing up ${wish.name}`, (within) => {
    // The flags are needed again: what is not done yet is what they wish for.
    const onEvent = (event: OperationEvent): void =>
      within.onEvent?.(
        event.type === 'note' && event.about?.code === 'unfinished'
          ? { type: 'note', text: `${event.text}; ${goesOn(again, wish.name)}` }
          : event,
      );
    return operation(
      context.engine(host),
      { wish, retain, showSecrets },
      { ...within, onEvent, timeoutMs, salvageTo: salvageTo(context, { salvage }) },
    );
  });
  context.stderr.write(wrapped(`${summary(result)}\n`, context.stderr));
  return result.status;
}

function summary({ status: { topology, nodes }, changed, elapsedMs }: UpResult): string {
  const replicas = plural(nodes.length - 1, 'replica');
  const state = changed ? 'is up' : 'is up already, nothing changed';
  return `${topology} ${state}: 1 master and ${replicas}, in sync (${duration(elapsedMs)})`;
}
