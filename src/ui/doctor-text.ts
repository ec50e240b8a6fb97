/** What the doctor found, as people read it: a line a check, the remedy under it. */
import type { Finding } from '../doctor/finding.js';
import { coloursFor } from './colours.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stdout: Sink;
  readonly env: NodeJS.ProcessEnv;
}

const MARKS = { ok: '✔', warn: '!', fail: '✘' } as const;

export function doctorText(findings: readonly Finding[], { stdout, env }: Output): string {
  const colours = coloursFor(stdout, env);
  const paint = { ok: colours.green, warn: colours.yellow, fail: colours.red };
  const width = Math.max(...findings.map(({ id }) => id.length));
  const indent = ' '.repeat(width + 4);
  const text = findings
    .map(({ id, condition, seen, remedy }) => {
      const mark = paint[condition](MARKS[condition]);
      const text = [seen, ...(remedy === null ? [] : [remedy])]
        .join('\n')
        .replaceAll('\n', `\n${indent}`);
      return `${mark} ${id.padEnd(width)}  ${text}\n`;
    })
    .join('');
  return wrapped(text, stdout);
}
