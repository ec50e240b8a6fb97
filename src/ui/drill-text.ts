/** A drill's report as people read it: the verdict first, then the account, then the evidence. */
import type { KillMasterReport } from '../drills/account.js';
import type { TimelineEvent } from '../drills/timeline.js';
import { bytes, count, duration, plural, shortIds } from '../format.js';
import { type Colours, coloursFor } from './colours.js';
import { table } from './table.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stdout: Sink;
  readonly env: NodeJS.ProcessEnv;
}

/** @param isShownLive the timeline stands above it on the same terminal already. */
export function killMasterText(
  report: KillMasterReport,
  { stdout, env }: Output,
  isShownLive = false,
): string {
  const colours = coloursFor(stdout, env);
  const prose = (text: string) => wrapped(text, stdout);
  return [
    prose(`${verdictWord(report, colours)}  ${report.reasons[0]}\n`),
    ...report.reasons.slice(1).map((reason) => prose(`      ${reason}\n`)),
    '\n',
    writesTable(report, stdout),
    '\n',
    prose(timesText(report)),
    prose(witnessText(report)),
    prose(resyncText(report)),
    ...(isShownLive ? [] : ['\n', ...report.timeline.map((event) => `${timelineLine(event)}\n`)]),
  ].join('');
}

function verdictWord({ verdict, writes }: KillMasterReport, colours: Colours): string {
  if (verdict === 'fail') return colours.red('FAIL');
  if (verdict === 'unknown') return colours.yellow('UNKNOWN');
  // Loss that was allowed passes, but must not look like none.
  return (writes.lost > 0 ? colours.yellow : colours.green)('PASS');
}

function writesTable({ writes }: KillMasterReport, { isTTY, columns: width }: Sink): string {
  const columns = [
    'attempted',
    'acknowledged',
    'refused',
    'unknown',
    'lost',
    'recovered',
    'resurrected',
    'duplicates',
  ] as const;
  return table(
    columns.map((column) => column.toUpperCase()),
    [columns.map((column) => count(writes[column]))],
    isTTY ? width : undefined,
  );
}

function timesText({
  downtimeMs,
  failoverMs,
  killed,
  promoted,
  samples,
  twoMasters,
}: KillMasterReport) {
  const failover = failoverMs === null ? 'never' : duration(failoverMs);
  const silence = downtimeMs === null ? 'to the end' : `for ${duration(downtimeMs)}`;
  const masters = twoMasters === 0 ? 'never two masters' : `two masters in ${count(twoMasters)}`;
  return [
    `killed ${killed}${promoted === null ? '' : `, promoted ${promoted}`}\n`,
    `death to first acknowledged write: ${failover}; writers without an answer ${silence}\n`,
    `${count(samples)} samples of all nodes: ${masters}\n`,
  ].join('');
}

/** Where the two disagree, the reasons say it. */
function witnessText({ killed, witness, witnessUnknown }: KillMasterReport): string {
  const told =
    witness === null
      ? `no second witness, ${witnessUnknown}`
      : `${count(witness.lost)} beyond the cut, ${count(witness.lastEventLoop)} acknowledged that it never told`;
  return `the stream of ${killed}: ${told}\n`;
}

function resyncText({ resyncs }: KillMasterReport): string {
  return resyncs
    .map(({ node, kind, bytes: size, reason }) => {
      const cost = size === null ? '' : `, ${bytes(size)}`;
      return `${node}: ${kind === null ? 'no' : kind} resync${cost}${reason === null ? '' : ` (${shortIds(reason)})`}\n`;
    })
    .join('');
}

export function timelineLine({ atMs, event, node }: TimelineEvent): string {
  return `${atMs.toFixed(1).padStart(9)} ms  ${event}${node === null ? '' : `  ${node}`}`;
}

/** Under the timeline while the load runs. */
export const writesLine = (writes: number): string => `${plural(writes, 'write')} so far`;
