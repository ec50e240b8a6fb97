import type { Context } from '../../context.js';
import { EXIT_CODES } from '../../errors.js';
import { type Top, top } from '../../operations/tap.js';
import { topText } from '../../ui/top-text.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName, untilStopped } from '../session.js';

export type TopOptions = TargetOptions & OptionsOf<'for' | 'json'>;

const CLEAR_SCREEN = '\u001b[H\u001b[2J';
/** Between two pictures on a terminal. */
const LIVE_MS = 2000;

/** On a terminal again and again until interrupted, unless it is said for how long; else once. */
export async function topCommand(context: Context, options: TopOptions): Promise<number> {
  const { json = false, for: forMs } = options;
  const { stdout, signal } = context;
  const engine = context.engine(options.host);
  const topology = await topologyName(context, options);
  if (stdout.isTTY && !json && forMs === undefined) {
    const onTop = (seen: Top) => {
      // A terminal may not say how large it is.
      const { columns, rows } = stdout;
      const size = {
        columns: columns || Number.POSITIVE_INFINITY,
        rows: rows || Number.POSITIVE_INFINITY,
      };
      stdout.write(CLEAR_SCREEN + topText(seen, size));
    };
    stdout.write(`${topology}: the first look takes ${LIVE_MS / 1000} s\n`);
    return untilStopped(context, async () => {
      await top(engine, { topology, forMs: LIVE_MS, onTop }, { signal });
      return EXIT_CODES.done;
    });
  }
  const seen = await top(engine, { topology, forMs }, { signal });
  if (json) printJson(context, seen);
  else stdout.write(topText(seen));
  return EXIT_CODES.done;
}
