/** The lines of a redis.conf, read as Redis does (`loadServerConfigFromString`, src/config.c). */

import type { Problem } from '../errors.js';
import { quoted } from '../format.js';
import type { Directive } from './directive.js';
import { argsProblem, isDirectiveName } from './directives.js';
import { QuotingError, quoteArg, splitArgs } from './quoting.js';

export interface ConfLine {
  /** 1-based. */
  readonly line: number;
  readonly directive: Directive;
}

export interface ParsedConf {
  readonly lines: readonly ConfLine[];
  readonly problems: readonly Problem[];
}

/**
 * The directives of a redis.conf, in order, names in lower case. Comments and blank
 * lines are skipped; a line that Redis could not take apart is a problem.
 * Whether a server knows the directives is left to that server.
 * @param source what problems call the text: its file name.
 */
export function parseConf(text: string, source: string): ParsedConf {
  const lines: ConfLine[] = [];
  const problems: Problem[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const parsed = parseLine(raw.replace(/^[ \t\r]+|[ \t\r]+$/g, ''));
    const line = index + 1;
    if (typeof parsed === 'string') problems.push({ source, line, column: 1, message: parsed });
    else if (parsed !== null) lines.push({ line, directive: parsed });
  }
  return { lines, problems };
}

/** One line of redis.conf, without its end. */
export function renderDirective({ name, args }: Directive): string {
  return [name, ...args.map(quoteArg)].join(' ');
}

/** The directive of a trimmed line, null if it has none, or what is wrong with it. */
function parseLine(line: string): Directive | string | null {
  if (line === '' || line.startsWith('#')) return null;
  try {
    const [name = '', ...args] = splitArgs(line);
    if (!isDirectiveName(name)) return `${quoted(name)} is not the name of a directive`;
    return argsProblem(args) ?? { name: name.toLowerCase(), args };
  } catch (error) {
    if (error instanceof QuotingError) return error.message;
    throw error;
  }
}

/** What a redis.conf sets a directive to, under any of its names: its last line counts. '' if there is none. */
export function confValue(conf: string, ...names: string[]): string {
  const { lines } = parseConf(conf, 'redis.conf');
  const last = lines.findLast(({ directive }) => names.includes(directive.name));
  return last?.directive.args.join(' ') ?? '';
}

/** The same text with a directive that stands in it once. */
export const withSetting = (conf: string, name: string, value: string): string =>
  `${withoutDirectives(conf, (it) => it.name === name)}${renderDirective({ name, args: [value] })}\n`;

/** The same text without the lines that hold such a directive; comments stay. */
export function withoutDirectives(conf: string, drop: (directive: Directive) => boolean): string {
  const dropped = new Set(
    parseConf(conf, 'redis.conf')
      .lines.filter(({ directive }) => drop(directive))
      .map(({ line }) => line),
  );
  const kept = conf.split('\n').filter((_, index) => !dropped.has(index + 1));
  return kept.join('\n').replace(/\n*$/, '\n');
}
