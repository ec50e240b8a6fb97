import type { Context } from '../../context.js';
import { EXIT_CODES } from '../../errors.js';
import { status } from '../../operations/status.js';
import { sleep } from '../../sleep.js';
import { nextSyncLines } from '../../ui/next-sync-text.js';
import { headlineText, statusTable } from '../../ui/status-table.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName, untilStopped } from '../session.js';

export type StatusOptions = TargetOptions &
  OptionsOf<'watch' | 'json' | 'exit-code' | 'show-secrets'>;

const WATCH_MS = 1000;
const CLEAR_SCREEN = '\u001b[H\u001b[2J';

export async function statusCommand(context: Context, options: StatusOptions): Promise<number> {
  const { watch, json, exitCode, showSecrets = false } = options;
  const engine = context.engine(options.host);
  const input = { topology: await topologyName(context, options), showSecrets, rates: true };
  const show = async (): Promise<number> => {
    const seen = await status(engine, input, { signal: context.signal });
    // One document a line, for a program that reads as they come.
    if (json && watch) context.stdout.write(`${JSON.stringify(seen)}\n`);
    else if (json) printJson(context, seen);
    else
      context.stdout.write(
        (watch && context.stdout.isTTY ? CLEAR_SCREEN : '') +
          headlineText(seen, context) +
          statusTable(seen, context) +
          nextSyncLines(seen, context.stdout),
      );
    return exitCode && seen.health !== 'well' ? EXIT_CODES.failed : EXIT_CODES.done;
  };
  if (!watch) return show();
  return untilStopped(context, async () => {
    for (;;) {
      await show();
      await sleep(WATCH_MS, context.signal);
    }
  });
}
