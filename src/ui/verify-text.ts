/** A verify report as people read it: a claim a line, and under it what was seen on each node. */
import type { CheckResult, Verdict, VerifyReport } from '../verify/check.js';
import { type Colours, coloursFor } from './colours.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stdout: Sink;
  readonly env: NodeJS.ProcessEnv;
}

export function verifyText({ checks }: VerifyReport, { stdout, env }: Output): string {
  const colours = coloursFor(stdout, env);
  const ids = [...new Set(checks.map((check) => check.id))];
  const width = Math.max(...checks.map((check) => check.node?.length ?? 0));
  const text = ids
    .map((id) => {
      const same = checks.filter((check) => check.id === id);
      const lines = same.map((check) => `  ${line(check, width, colours)}\n`);
      return `${colours.bold(id)}  ${same[0]?.claim}\n${lines.join('')}`;
    })
    .join('');
  return wrapped(text, stdout);
}

const MARKS: Readonly<Record<Verdict, string>> = { pass: '✔', fail: '✘', unknown: '?' };

function line({ verdict, node, expected, seen }: CheckResult, width: number, colours: Colours) {
  const colour = { pass: colours.green, fail: colours.red, unknown: colours.yellow }[verdict];
  const subject = (node ?? '').padEnd(width);
  const text = verdict === 'pass' ? seen : `expected ${expected}; seen: ${seen}`;
  return `${colour(MARKS[verdict])} ${subject}  ${text}`;
}
