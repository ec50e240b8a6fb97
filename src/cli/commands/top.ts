import type { Context } from '../../context.js';
import { approximately, bytes, count, printable } from '../../format.js';
import { type Top, top } from '../../operations/tap.js';
import type { Share } from '../../stream/traffic.js';
import { table } from '../../ui/table.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

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
  const isLive = stdout.isTTY && !json && forMs === undefined;
  for (;;) {
    const seen = await top(engine, { topology, forMs: isLive ? LIVE_MS : forMs }, { signal });
    if (json) printJson(context, seen);
    else stdout.write((isLive ? CLEAR_SCREEN : '') + topText(seen));
    if (!isLive) return 0;
  }
}

function topText(seen: Top): string {
  const { node, writesPerSecond, bytesPerSecond, seconds, backlog } = seen;
  const lasts =
    backlog.lastsSeconds === null
      ? 'nothing is written'
      : `${approximately(backlog.lastsSeconds)} at this rate`;
  const head = [
    `${node}: ${perSecond(writesPerSecond)} writes/s, ${bytes(Math.round(bytesPerSecond))}/s over ${seconds.toFixed(1)} s`,
    `backlog: ${bytes(backlog.sizeBytes)}, ${lasts}`,
  ];
  const other =
    seen.otherPrefixes === 0 ? '' : `and ${count(seen.otherPrefixes)} writes of other prefixes\n`;
  return `${head.join('\n')}\n\n${shares('COMMAND', seen.commands)}\n${shares('PREFIX', seen.prefixes)}${other}`;
}

const perSecond = (value: number): string =>
  value < 10 ? value.toFixed(1) : count(Math.round(value));

const shares = (name: string, rows: readonly Share[]): string =>
  table(
    [name, 'WRITES/S', 'BYTES/S', 'SHARE'],
    rows.map((it) => [
      printable(it.name).replaceAll('\n', '\\n'),
      perSecond(it.writesPerSecond),
      bytes(Math.round(it.bytesPerSecond)),
      `${(100 * it.share).toFixed(1)}%`,
    ]),
  );
