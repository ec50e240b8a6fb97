/** Sentences on a terminal break between words, and never within a command; in a pipe a line stays one. */
import { visibleLength } from './table.js';

/** What is written to. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Below this there is no use in it. */
const MIN_COLUMNS = 20;

/** Breaks lines that are too long; what goes on below is indented by two more. */
export function wrapped(text: string, { isTTY, columns = 0 }: Sink): string {
  if (!isTTY || columns < MIN_COLUMNS) return text;
  return text
    .split('\n')
    .map((line) => (visibleLength(line) <= columns ? line : wrapLine(line, columns)))
    .join('\n');
}

/** A word, or a command in backticks with what sticks to it, and the space before. */
const WORDS = /(\s*)((?:`[^`]*`|\S)+)/g;

function wrapLine(line: string, columns: number): string {
  const [, indent = ''] = /^(\s*)/.exec(line) ?? [];
  const below = `\n${indent}  `;
  let used = 0;
  let shown = '';
  for (const [, space = '', word = ''] of line.matchAll(WORDS)) {
    const length = visibleLength(word);
    if (used > indent.length && used + space.length + length > columns) {
      shown += below + word;
      used = indent.length + 2 + length;
    } else {
      shown += space + word;
      used += space.length + length;
    }
  }
  return shown;
}
