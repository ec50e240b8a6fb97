/** The directives that a redis.conf and single texts add, and what is wrong with them. */

import { parseConf } from '../config/conf-file.js';
import { isAsItIs, nameProblem, toDirective, valueProblem } from '../config/directives.js';
import { inInput, type Problem } from '../errors.js';
import { quoted } from '../format.js';
import type { Directive } from './topology.js';

export interface TextFile {
  /** What problems call it: the path as the user typed it. */
  readonly name: string;
  readonly text: string;
}

export interface Layer {
  readonly directives: readonly Directive[];
  readonly problems: readonly Problem[];
}

/** The directives of a redis.conf that the user passes. */
export function confLayer({ name: source, text }: TextFile): Layer {
  const { lines: all, problems } = parseConf(text, source);
  const lines = all.filter(({ directive }) => !isAsItIs(directive));
  const refused = lines.flatMap(({ line, directive }) => {
    const message = nameProblem(directive.name);
    return message === null ? [] : [{ source, line, column: 1, message }];
  });
  return {
    directives: lines.map(({ directive }) => directive),
    problems: [...problems, ...refused].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  };
}

/** The directives of texts like `maxmemory=100mb`. */
export function setLayer(texts: readonly string[]): Layer {
  const directives: Directive[] = [];
  const problems: Problem[] = [];
  for (const text of texts) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (saysWhatIs(text, name, value)) continue;
    const message = setProblem(text, name, value);
    if (message === null) directives.push(toDirective(name, value));
    else problems.push({ ...inInput('config'), message });
  }
  return { directives, problems };
}

const saysWhatIs = (text: string, name: string, value: string): boolean =>
  text.includes('=') && valueProblem(value) === null && isAsItIs(toDirective(name, value));

function setProblem(text: string, name: string, value: string): string | null {
  if (!text.includes('=')) return `${quoted(text)} must be directive=value`;
  const wrongValue = valueProblem(value);
  return nameProblem(name) ?? (wrongValue === null ? null : `${name}: ${wrongValue}`);
}
