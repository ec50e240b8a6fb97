/** What fills the backlog, as people read it. */
import { approximately, bytes, count, oneLineOf } from '../format.js';
import type { Top } from '../operations/tap.js';
import type { Share } from '../stream/traffic.js';
import { table } from './table.js';

/** Of a terminal that the picture is to fit. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const ENDLESS: Size = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
/** Between the tables, their heads, and the line that the cursor stands in. */
const OTHER_ROWS = 5;
const MIN_NAME = 8;

/** With the shares that fit: the smaller ones are left out. */
export function topText(seen: Top, size: Size = ENDLESS): string {
  const { node, writesPerSecond, bytesPerSecond, seconds, backlog } = seen;
  const lasts =
    backlog.lastsSeconds === null
      ? 'nothing is written'
      : `${approximately(backlog.lastsSeconds)} at this rate`;
  const head = [
    `${node}: ${perSecond(writesPerSecond)} writes/s, ${bytes(Math.round(bytesPerSecond))}/s over ${seconds.toFixed(1)} s`,
    `backlog: ${bytes(backlog.sizeBytes)}, ${lasts}`,
  ];
  const foot =
    seen.otherPrefixes === 0 ? [] : [`and ${count(seen.otherPrefixes)} writes of other prefixes`];
  const room = Math.max(2, size.rows - head.length - foot.length - OTHER_ROWS);
  const forPrefixes = Math.min(seen.prefixes.length, Math.ceil(room / 2));
  const commands = seen.commands.slice(0, room - forPrefixes);
  const prefixes = seen.prefixes.slice(0, room - commands.length);
  return [
    ...[...head, ''].map((line) => `${line}\n`),
    shares('COMMAND', commands, size),
    '\n',
    shares('PREFIX', prefixes, size),
    ...foot.map((line) => `${line}\n`),
  ].join('');
}

const perSecond = (value: number): string =>
  value < 10 ? value.toFixed(1) : count(Math.round(value));

function shares(name: string, rows: readonly Share[], { columns }: Size): string {
  const cells = rows.map((it) => [
    perSecond(it.writesPerSecond),
    bytes(Math.round(it.bytesPerSecond)),
    `${(100 * it.share).toFixed(1)}%`,
  ]);
  const head = ['WRITES/S', 'BYTES/S', 'SHARE'];
  const widths = head.map((it, at) =>
    Math.max(it.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const taken = widths.reduce((sum, width) => sum + 2 + width, 0);
  const most = Math.max(MIN_NAME, columns - taken);
  return table(
    [name, ...head],
    cells.map((row, at) => [cutTo(oneLineOf(rows[at]?.name ?? ''), most), ...row]),
  );
}

const cutTo = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
