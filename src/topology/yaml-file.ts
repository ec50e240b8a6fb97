/** rrepl.yaml as YAML: its data, what YAML itself has against it, and where things stand. */

import {
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  parseDocument,
  visit,
} from 'yaml';
import type { Problem } from '../errors.js';

/** What is wrong with a part of the file. */
export interface Complaint {
  /** Keys and indices from the root. */
  readonly path: readonly PropertyKey[];
  /** Whether the key at the end of the path is meant, or what it holds. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

export interface YamlFile {
  /** What the file says; undefined if that is nothing, or can't be read. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
  /** Gives a complaint its line and column. */
  place(complaint: Complaint): Problem;
}

/** More aliases than this, counted as they unfold, are taken for an attack. */
const MAX_ALIASES = 100;

/** Errors that leave the rest of the file readable, in our words. */
const BENIGN: ReadonlyMap<string, string> = new Map([
  ['DUPLICATE_KEY', 'this key stands here twice; leave one'],
  ['NON_STRING_KEY', 'a key must be plain text'],
  ['MULTIPLE_DOCS', 'a file holds one topology; put what follows "---" into a file of its own'],
]);

/** A topology needs 5 levels. The parser recurses, and far enough down it takes Node.js with it. */
const MAX_DEPTH = 50;

/** Reads YAML 1.2. Never throws: what can't be read is a problem. */
export function readYaml(text: string, source: string): YamlFile {
  if (isTooDeep(text)) {
    const problem = { source, message: `the file is nested more than ${MAX_DEPTH} levels deep` };
    return { data: undefined, problems: [problem], place: () => problem };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const at = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { source, line, column: col, message };
  };
  const problems = [...document.errors.filter(isOwnError), ...document.warnings].map(
    ({ code, pos, message }) => at(pos[0], BENIGN.get(code) ?? message),
  );
  visit(document, {
    // Objects have it as a name of their own, so whoever checks the data would never see it.
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '__proto__') {
        problems.push(at(start(key) ?? 0, '"__proto__" is no key anywhere'));
      }
    },
  });
  const place = ({ path, at: part, message }: Complaint) =>
    at(offsetOf(document, path, part), message);
  // Past broken syntax the parser guesses, and what it guesses isn't the user's.
  if (document.errors.some(({ code }) => !BENIGN.has(code))) {
    return { data: undefined, problems, place };
  }
  try {
    return { data: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? undefined, problems, place };
  } catch (error) {
    return { data: undefined, problems: [...problems, at(0, messageOf(error))], place };
  }
}

/** After the first error, an unexpected token is a consequence. */
function isOwnError({ code }: { code: string }, index: number): boolean {
  return index === 0 || code !== 'UNEXPECTED_TOKEN';
}

function isTooDeep(text: string): boolean {
  let level: CST.Token[] = [...new Parser().parse(text)];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) level = level.flatMap(inner);
  return level.length > 0;
}

function inner(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}

/** Where a path stands in the text; where its nearest known ancestor stands if it isn't there. */
function offsetOf(document: Document, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const holder = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      const pair = holder.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined) return offset;
      const wantsKey = part === 'key' && index === path.length - 1;
      offset =
        (!wantsKey && isScalar(pair.value) && pair.value.value !== null
          ? start(pair.value)
          : start(pair.key)) ?? offset;
      node = pair.value;
    } else if (isSeq(holder)) {
      node = holder.items[Number(step)];
      offset = start(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function start(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
