import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.js';
import type { LiveTopology } from '../live/live-topology.js';
import { readStatus, type StatusWish } from '../live/status.js';
import { measureWriteRates, withWriteRates } from '../live/write-rates.js';
import { nextSyncLines } from '../ui/next-sync-text.js';
import { statusTable } from '../ui/status-table.js';
import { printJson, type TargetOptions, withTopology } from './session.js';

export interface StatusOptions extends TargetOptions, StatusWish {
  readonly watch?: boolean;
  readonly json?: boolean;
}

const WATCH_MS = 1000;
const CLEAR_SCREEN = '\u001b[H\u001b[2J';

export async function statusCommand(context: Context, options: StatusOptions): Promise<number> {
  const show = async (live: LiveTopology): Promise<void> => {
    const [seen, rates] = await Promise.all([
      readStatus(live, options),
      measureWriteRates(live.nodes),
    ]);
    const status = withWriteRates(seen, rates);
    if (options.json) printJson(context, status);
    else context.stdout.write(statusTable(status, context) + nextSyncLines(status));
  };
  if (!options.watch) {
    await withTopology(context, options, show);
    return 0;
  }
  // Looked at anew each time: containers come, go and change their addresses.
  for (;;) {
    if (context.stdout.isTTY && !options.json) context.stdout.write(CLEAR_SCREEN);
    await withTopology(context, options, show);
    await sleep(WATCH_MS, undefined, { signal: context.signal }).catch(() => {});
    context.signal.throwIfAborted();
  }
}
