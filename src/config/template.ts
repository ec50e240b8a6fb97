/**
 * A template is a redis.conf with placeholders. `{{node}}`, `{{port}}` and `{{backlog}}`, the
 * default size of the replication backlog, may stand anywhere. `{{replication}}` and `{{overrides}}` become whole lines: each stands once,
 * on a line of its own.
 */

import type { Problem } from '../errors.js';
import { parseConf, renderDirective } from './conf-file.js';
import { type Directive, REDIS_PORT } from './directive.js';
import { canonicalName, isAsItIs, ownedReason } from './directives.js';

const INLINE = ['node', 'port', 'backlog'] as const;
const BLOCKS = ['replication', 'overrides'] as const;
const KNOWN: readonly string[] = [...INLINE, ...BLOCKS];

export type PlaceholderValues = Readonly<
  Record<(typeof INLINE)[number] | (typeof BLOCKS)[number], string>
>;

/** The lines without which rrepl can't reach a node, or a node loses its data. */
const NEEDED: readonly Directive[] = [
  { name: 'port', args: [String(REDIS_PORT)] },
  { name: 'bind', args: ['0.0.0.0'] },
  { name: 'protected-mode', args: ['no'] },
  { name: 'dir', args: ['/data'] },
];

/** The template with every placeholder filled in; what is filled in is not looked at again. */
export function fillTemplate(
  template: string,
  values: PlaceholderValues | Readonly<Record<string, string>>,
): string {
  const byName = new Map(Object.entries(values));
  return template.replace(placeholders(), (match, name: string) => byName.get(name) ?? match);
}

/** The template without those of its directives that are not among the names: they become comments. */
export function withOnly(template: string, names: ReadonlySet<string>): string {
  const unwanted = new Set(
    parseConf(template, 'template')
      .lines.filter(({ directive: { name } }) => ownedReason(name) === null)
      .filter(({ directive: { name } }) => !names.has(canonicalName(name)))
      .map(({ line }) => line),
  );
  return commentOut(template, unwanted, 'not wanted');
}

export function commentOut(template: string, lines: ReadonlySet<number>, why: string): string {
  const texts = template.split('\n');
  return texts.map((text, at) => (lines.has(at + 1) ? `# ${why}: ${text}` : text)).join('\n');
}

/**
 * All that is wrong with a template, so that one without problems renders, for any
 * node, to a file that rrepl can work with.
 * @param source what problems call the template: its file name.
 */
export function checkTemplate(template: string, source: string): Problem[] {
  return [...checkPlaceholders(template, source), ...checkDirectives(template, source)];
}

function checkPlaceholders(template: string, source: string): Problem[] {
  const lines = template.split('\n');
  const unknown = lines.flatMap((text, index) =>
    [...text.matchAll(placeholders())]
      .filter(([, name = '']) => !KNOWN.includes(name))
      .map((match) => ({
        source,
        line: index + 1,
        column: match.index + 1,
        message: `${match[0]} is not a placeholder; the known ones are ${KNOWN.map(braced).join(', ')}`,
      })),
  );
  const misplaced = BLOCKS.filter((name) => !standsOnceAlone(lines, braced(name))).map((name) => ({
    source,
    message: `a template must hold ${braced(name)} once, on a line of its own`,
  }));
  return [...unknown, ...misplaced];
}

function checkDirectives(template: string, source: string): Problem[] {
  const values = {
    node: 'redis-1',
    port: String(REDIS_PORT),
    backlog: '1mb',
    replication: '',
    overrides: '',
  };
  const { lines, problems } = parseConf(fillTemplate(template, values), source);
  const refused = lines.flatMap(({ line, directive }) => {
    const message = refusal(directive);
    return message === null ? [] : [{ source, line, column: 1, message }];
  });
  const missing = NEEDED.filter(
    ({ name }) => !lines.some(({ directive }) => directive.name === name),
  ).map((needed) => ({ source, message: mustSay(needed) }));
  return [...problems, ...refused, ...missing];
}

/** Why a directive can't stand in a template, or null. */
function refusal(directive: Directive): string | null {
  const reason = ownedReason(directive.name);
  if (reason === null || isAsItIs(directive)) return null;
  const needed = NEEDED.find(({ name }) => name === directive.name);
  return needed === undefined
    ? `${directive.name} can't stand in a template: ${reason}`
    : mustSay(needed);
}

function mustSay(needed: Directive): string {
  return `a template must say "${renderDirective(needed)}": ${ownedReason(needed.name)}`;
}

function standsOnceAlone(lines: readonly string[], placeholder: string): boolean {
  const holders = lines.filter((line) => line.includes(placeholder));
  return holders.length === 1 && holders[0]?.trim() === placeholder;
}

function placeholders(): RegExp {
  return /\{\{([^{}\n]*)\}\}/g;
}

function braced(name: string): string {
  return `{{${name}}}`;
}
