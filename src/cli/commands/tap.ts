import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { bytes, count, keyText, oneLineOf } from '../../format.js';
import { tap } from '../../operations/tap.js';
import { globMatcher } from '../../stream/glob.js';
import type { TapWrite } from '../../stream/history.js';
import { toJson } from '../../stream/salvage-file.js';
import type { TapEvent } from '../../stream/tap.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { topologyName, untilStopped } from '../session.js';

export type TapCommandOptions = TargetOptions & OptionsOf<'match' | 'key' | 'json'>;

/** A line a write. What its reader does not take in time is left out, and said. */
export async function tapCommand(context: Context, options: TapCommandOptions): Promise<number> {
  const { match, key, json = false } = options;
  if (match !== undefined && key !== undefined)
    throw new UsageError('--key and --match each say which keys are shown: give one of them');
  const matches = match === undefined ? null : globMatcher(match);
  const isWanted = ({ keys }: TapWrite) =>
    (key === undefined || keys.some((it) => it.toString() === key)) &&
    (matches === null || keys.some((it) => matches(it.toString())));
  const lines = new Lines(context, (writes) =>
    json
      ? JSON.stringify({ skippedWrites: writes })
      : `… ${count(writes)} writes were not read in time`,
  );
  const show = json ? jsonLine : textLine;
  const onWrites = (writes: readonly TapWrite[]) => {
    for (const write of writes) if (isWanted(write)) lines.write(() => show(write));
  };
  const onTap = (event: TapEvent) => context.stderr.write(`${eventText(event)}\n`);
  const topology = await topologyName(context, options);
  const { signal } = context;
  return untilStopped(context, () =>
    tap(context.engine(options.host), { topology, onWrites, onTap }, { signal }),
  ).finally(() => lines.end());
}

/** Lines to a reader that may be slower than they come. */
class Lines {
  readonly #stdout: NodeJS.WriteStream;
  readonly #skippedText: (lines: number) => string;
  #waiting = false;
  #skipped = 0;

  constructor({ stdout }: Context, skippedText: (lines: number) => string) {
    this.#stdout = stdout;
    this.#skippedText = skippedText;
  }

  write(line: () => string): void {
    if (this.#waiting) {
      this.#skipped += 1;
      return;
    }
    if (this.#stdout.writableLength < MAX_WAITING) {
      this.#stdout.write(`${line()}\n`);
      return;
    }
    this.#skipped += 1;
    this.#waiting = true;
    this.#stdout.once('drain', () => {
      this.#waiting = false;
      this.end();
    });
  }

  /** Says what was left out and not said yet. */
  end(): void {
    if (this.#skipped > 0) this.#stdout.write(`${this.#skippedText(this.#skipped)}\n`);
    this.#skipped = 0;
  }
}

const MAX_WAITING = 16 * 1024 * 1024;
const MAX_KEY = 60;

/** Values are never shown: they may be secret, and long. */
function textLine({ node, offset, db, command, keys: [key, ...more], begin }: TapWrite): string {
  const name = key === undefined ? '-' : shorten(oneLineOf(keyText(key)));
  const others = more.length === 0 ? '' : ` (and ${count(more.length)} more)`;
  const place = `${node}  ${String(offset).padStart(12)}  db ${db ?? '?'}`;
  return `${place}  ${command}  ${name}${others}  ${bytes(offset + 1 - begin)}`;
}

const shorten = (text: string): string =>
  text.length > MAX_KEY ? `${text.slice(0, MAX_KEY - 1)}…` : text;

const jsonLine = ({ node, id, offset, begin, db, command, keys, transaction }: TapWrite): string =>
  JSON.stringify({
    ...{ node, id, offset, bytes: offset + 1 - begin, db, command },
    ...{ keys: keys.map(toJson), transaction },
  });

function eventText(event: TapEvent): string {
  if (event.type === 'ended') return `${event.node}: ${event.reason}`;
  const skipped =
    event.skippedBytes === 0 ? '' : `; ${bytes(event.skippedBytes)} of its stream were not seen`;
  const unknown =
    event.db === null
      ? '; its database is unknown (db ?) until the next SELECT: none stands in the megabyte before, and no replica tells'
      : '';
  return `${event.node} is tapped from offset ${event.offset} on${skipped}${unknown}`;
}
