/** What a program went through, as people read it. */
import type { TimelineEvent } from '../drills/timeline.js';
import { count, duration, plural } from '../format.js';
import { type FaultReport, lossText, type RunReport } from '../program/report.js';
import { coloursFor } from './colours.js';
import { trafficText } from './traffic-text.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
}

/** A line while the program runs: it is the program's screen, so each says whose it is. */
export const runLine = ({ atMs, event, node }: TimelineEvent): string =>
  `rrepl: ${(atMs / 1000).toFixed(3)} s  ${event}${node === null ? '' : `  ${node}`}\n`;

/** Without faults and limits there is nothing to tell, unless it is not well. */
export const isTold = ({ faults, maxLoss, maxDowntimeMs, traffic, verdict, exitCode }: RunReport) =>
  faults.length > 0 ||
  maxLoss !== null ||
  maxDowntimeMs !== null ||
  traffic.connections.cut > 0 ||
  (verdict !== 'pass' && exitCode === 0);

export function runText(report: RunReport, { stderr, env }: Output): string {
  const { verdict, reasons, faults, again, seed } = report;
  const colours = coloursFor(stderr, env);
  const paint = { pass: colours.green, fail: colours.red, unknown: colours.yellow }[verdict];
  const [first = '', ...rest] = reasons;
  const text = [
    '\n',
    `${paint(verdict.toUpperCase())}  ${first}\n`,
    ...rest.map((reason) => `      ${reason}\n`),
    ...faults.map(faultLine),
    silenceLine(report),
    trafficText({ ...report.traffic, silences: null }),
    ...lossLines(report),
  ].join('');
  // A command is to be copied as it stands.
  const replay = seed === null || again === null ? '' : `the same again: ${again}\n`;
  return wrapped(text, stderr) + replay;
}

function faultLine({ fault, node, beganMs, endedMs, outcome, noAnswerMs }: FaultReport): string {
  if (beganMs === null) return `${fault}: not played\n`;
  const end = endedMs === null ? '' : ` to ${duration(endedMs)}`;
  const cost = noAnswerMs === null ? '' : `, no answer for ${duration(noAnswerMs)}`;
  const how = outcome === 'failed' ? ', failed' : '';
  return `${fault}: ${node ?? 'nobody'}, ${duration(beganMs)}${end}${cost}${how}\n`;
}

function silenceLine({ noAnswer }: RunReport): string {
  if (noAnswer === null) return 'how long the program got no answer is unknown\n';
  const { longestMs, totalMs, recovered } = noAnswer;
  if (longestMs === 0) return 'the program always got its answers\n';
  const end = recovered ? '' : ', and none any more until its end';
  return `no answer for ${duration(longestMs)} at the longest, ${duration(totalMs)} in all${end}\n`;
}

const MOST_LINES = 10;

function lossLines({ lost, lostUnknown }: RunReport): string[] {
  const lines = [`${lossText({ lost, lostUnknown })}\n`];
  if (lost === null || lost.writes.length === 0) return lines;
  for (const { id, offset, master } of lost.cuts)
    lines.push(`  ${master} has the stream ${id.slice(0, 8)} up to offset ${count(offset)}\n`);
  for (const { command, keys, db, offset } of lost.writes.slice(0, MOST_LINES)) {
    const place = db === null || db === 0 ? '' : `, database ${db}`;
    const where = offset === null ? 'answered, never in the stream' : `offset ${count(offset)}`;
    lines.push(`  ${command} ${keys.join(' ')}  ${where}${place}\n`);
  }
  const more = lost.count - MOST_LINES;
  if (more > 0) lines.push(`  and ${plural(more, 'other')}\n`);
  return lines;
}
