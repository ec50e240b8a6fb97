import type { Context } from '../../context.js';
import { EXIT_CODES } from '../../errors.js';
import type { StatusWish } from '../../live/status.js';
import { status } from '../../operations/status.js';
import { sleep } from '../../sleep.js';
import { nextSyncLines } from '../../ui/next-sync-text.js';
import { headlineText, statusTable } from '../../ui/status-table.js';
import { printJson, type TargetOptions, topologyName } from '../session.js';

export interface StatusOptions extends TargetOptions, StatusWish {
  readonly watch?: boolean;
  readonly json?: boolean;
  /** Ends with 1 unless the topology is well. */
  readonly exitCode?: boolean;
}

const WATCH_MS = 1000;
const CLEAR_SCREEN = '\u001b[H\u001b[2J';

export async function statusCommand(context: Context, options: StatusOptions): Promise<number> {
  const { watch, json, exitCode, showSecrets = false } = options;
  const engine = context.engine(options.host);
  const input = { topology: await topologyName(context, options), showSecrets, rates: true };
  for (;;) {
    if (watch && context.stdout.isTTY && !json) context.stdout.write(CLEAR_SCREEN);
    const seen = await status(engine, input, { signal: context.signal });
    // One document a line, for a program that reads as they come.
    if (json && watch) context.stdout.write(`${JSON.stringify(seen)}\n`);
    else if (json) printJson(context, seen);
    else
      context.stdout.write(
        headlineText(seen, context) +
          statusTable(seen, context) +
          nextSyncLines(seen, context.stdout),
      );
    if (!watch) return exitCode && seen.health !== 'well' ? EXIT_CODES.failed : EXIT_CODES.done;
    await sleep(WATCH_MS, context.signal);
  }
}
