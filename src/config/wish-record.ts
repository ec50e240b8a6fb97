/**
 * What was asked of a node, kept as comments in its own redis.conf. CONFIG REWRITE reformats
 * directives, drops some and adds others, but it keeps comments: so these lines, and not what
 * an operator has set meanwhile, tell whether a wish has changed. Pure.
 */

import { parseConf, renderDirective } from './conf-file.js';
import type { Directive } from './directive.js';
import { ownedReason } from './directives.js';
import { type ConfNode, type ConfWish, renderNodeConf } from './render.js';

const MARK = '#: ';
const TITLE = '# What was asked for; "rrepl up" compares with these lines:';

export interface WishRecord {
  /** Null if the file does not say. */
  readonly image: string | null;
  /** The port on the host that it was made for; null if the file does not say. */
  readonly port: number | null;
  /** Whom it was to replicate from, null for the master; undefined if the file does not say. */
  readonly upstream?: string | null | undefined;
  readonly directives: readonly Directive[];
}

/** Stands for no upstream: no name of a node begins with it. */
const NONE = '-';

const FACTS: readonly string[] = ['image', 'published', 'upstream'];

/** A file without a record was written by somebody else: then its directives are what was asked for. */
export function recordIn(conf: string): WishRecord {
  const lines = conf.split('\n').filter((line) => line.startsWith(MARK));
  if (lines.length === 0) return { image: null, port: null, directives: usersOwn(conf) };
  const record = parseConf(lines.map((line) => line.slice(MARK.length)).join('\n'), 'record');
  const directives = record.lines.map(({ directive }) => directive);
  const upstream = directives.find(({ name }) => name === 'upstream')?.args[0];
  const said = (fact: string) => directives.find(({ name }) => name === fact)?.args[0] ?? null;
  return {
    image: said('image'),
    port: Number(said('published')) || null,
    upstream: upstream === NONE ? null : upstream,
    directives: directives.filter(({ name }) => !FACTS.includes(name)),
  };
}

export function withRecord(
  conf: string,
  { image, port, upstream, directives }: WishRecord,
): string {
  const text = conf
    .split('\n')
    .filter((line) => line !== TITLE && !line.startsWith(MARK))
    .join('\n')
    .trimEnd();
  const facts = [
    ...(image === null ? [] : [{ name: 'image', args: [image] }]),
    ...(port === null ? [] : [{ name: 'published', args: [String(port)] }]),
    ...(upstream === undefined ? [] : [{ name: 'upstream', args: [upstream ?? NONE] }]),
  ];
  const record = [...facts, ...directives].map((it) => MARK + renderDirective(it));
  return `${[text, '', TITLE, ...record].join('\n')}\n`;
}

/** All that is asked of a node's configuration: the template's directives and its own. */
export const wishedDirectives = (wish: ConfWish, node: ConfNode): readonly Directive[] =>
  usersOwn(renderNodeConf(wish, node));

/** Without what rrepl decides, and without `user`, which servers write by themselves. */
const usersOwn = (conf: string): Directive[] =>
  parseConf(conf, 'redis.conf')
    .lines.map(({ directive }) => directive)
    .filter(({ name }) => ownedReason(name) === null);
