/** What to type next, or what to change: by the code of an error, and the facts that go with it. */
import type { About, AboutCode, AboutOf, Facts } from '../../error-facts.js';
import {
  formatProblems,
  InvalidTopologyError,
  type Kind,
  type Note,
  type Place,
  RreplError,
} from '../../errors.js';
import { flagOf } from '../flag-of.js';
import { DATA_HINTS } from './data.js';
import { DRILL_HINTS } from './drill.js';
import { ENGINE_HINTS } from './engine.js';
import type { Hints } from './hints.js';
import { ownHint } from './own.js';
import { SERVER_HINTS } from './server.js';
import { TOPOLOGY_HINTS } from './topology.js';
import { NOTE_HINTS, WISH_HINTS } from './wish.js';

const BY_FACTS: Hints<Facts> = {
  ...TOPOLOGY_HINTS,
  ...DATA_HINTS,
  ...SERVER_HINTS,
  ...DRILL_HINTS,
  ...ENGINE_HINTS,
  ...WISH_HINTS,
  ...NOTE_HINTS,
};

/** Where an error has no facts. */
const BY_KIND: Partial<Readonly<Record<Kind, string>>> = {
  unconfirmed: 'nothing was done; `--yes` does it without asking',
  refused: '`rrepl status` and `rrepl logs` show how the servers are',
  'no-reply': '`rrepl status` shows which servers answer, `rrepl logs` why',
  'not-started':
    'what stands behind `--` is a program and its arguments, each a word of its own: rrepl run -- npm test',
};

/** Undefined where nothing helps, or where an error is none of ours. */
export function hintFor(error: unknown): string | undefined {
  if (!(error instanceof RreplError)) return undefined;
  const own = ownHint(error);
  if (own !== undefined) return own;
  return error.about === null ? BY_KIND[error.code as Kind] : hintOf(error.about);
}

/** The text of a note with what to type next. */
export const noteText = ({ text, about }: Note): string => {
  const hint = about === undefined ? undefined : hintOf(about);
  return hint === undefined ? text : `${text}; ${hint}`;
};

/** The message of an error, with what to type next for each of several problems. */
export function messageOf(error: unknown): string {
  if (!(error instanceof InvalidTopologyError))
    return error instanceof Error ? error.message : String(error);
  return formatProblems(
    error.problems.map(({ message, about, ...place }) => ({
      ...place,
      source: typedSource(place),
      message: noteText({ text: message, ...(about && { about }) }),
    })),
  );
}

/** Where an input stands in a command line. */
const typedSource = ({ source, input }: Place): string =>
  input === undefined ? source : flagOf(input) + source.slice(input.length);

/** Undefined where nothing helps. */
export const hintOf = <C extends AboutCode>(about: AboutOf<C> & About): string | undefined =>
  (BY_FACTS[about.code as C] as (facts: Facts[C]) => string | undefined)(about);
