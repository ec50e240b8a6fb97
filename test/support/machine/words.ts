/** What rrepl's messages say, as far as the state machine goes by it. */
import { splitArgs } from '../../../src/config/quoting.js';

/**
 * The one place that knows how rrepl says that data do not survive what it does: only after such words may a
 * confirmed key be missing.
 */
const LOSS =
  /\b(?:lose|loses|losing|lost|loss|discards?|discarded|(?:not|n't) survive|nothing keeps|they are gone|is [\d,.]+ \S+ behind)\b/i;
/** …unless it says the opposite. */
const NO_LOSS =
  /\b(?:nothing (?:is|was) lost|without losing|no (?:write|data|key)s? (?:is|are|was|were) lost|would (?:be lost|lose)[^;]*nothing was (?:done|changed))\b/gi;
/** What a server's log says, and what would happen if one typed something else. */
const NOT_SAID = /^ {4}.*$|`rrepl [^`]+`[^;\n]*/gm;

export const saysLoss = (output: string): boolean =>
  LOSS.test(output.replace(NOT_SAID, '').replace(NO_LOSS, ''));

/** Nodes whose data were put where they can be taken back from. */
export const setAsideIn = (output: string): string[] =>
  output
    .split('\n')
    .filter((line) => /\bset aside\b/.test(line) && !line.startsWith('    '))
    .flatMap((line) => line.match(/\bredis-\d+\b(?!-)/g) ?? []);

export interface Hint {
  /** The words after `rrepl`. */
  readonly args: readonly string[];
  /** True if the command, or what is said of it, gives data up. */
  readonly losing: boolean;
}

const GIVES_UP = new RegExp(`${LOSS.source}|throws .* away|gives up|removes`, 'i');

/** Every command in backticks, in the order in which they are recommended. */
export function hintsIn(output: string): Hint[] {
  return [...output.matchAll(/`rrepl ([^`]+)`([^`;\n]*)/g)].map(([, words = '', after = '']) => ({
    args: splitArgs(words),
    losing: /--volumes|--yes/.test(words) || GIVES_UP.test(after),
  }));
}

/** Flags in backticks, to be added to the command that said so. */
const flagsIn = (output: string, args: readonly string[]): Hint[] =>
  [...output.matchAll(/`(--[a-z][^`]*)`/g)].map(([, words = '']) => ({
    args: [...args, ...splitArgs(words)],
    losing: false,
  }));

/** A word in capitals stands for something that the reader would have to know, but not in what redis-cli is told. */
export const hasPlaceholder = ({ args }: Hint): boolean =>
  args
    .join(' ')
    .split(' -- ', 1)[0]
    ?.match(/(?<!\S)[A-Z]{2,}(?!\S)/) != null;

const LOOKING = new Set([
  'status',
  'logs',
  'ls',
  'help',
  'verify',
  'why',
  'plan',
  'render',
  'doctor',
  'env',
]);

/** Whether it shows something and changes nothing: by itself that leads nowhere. */
export const isLooking = ({ args: [command = ''] }: Hint): boolean => LOOKING.has(command);

/** What leads on from a command that failed so, without what gives data up if there is another way. */
export function waysOn(output: string, args: readonly string[]): Hint[] {
  const hints = [...hintsIn(output), ...flagsIn(output, args)].filter(
    (hint) => !isLooking(hint) && !hasPlaceholder(hint),
  );
  const harmless = hints.filter(({ losing }) => !losing);
  return harmless.length > 0 ? harmless : hints.filter(({ args }) => !args.includes('--volumes'));
}

/** The node that a way on would make the master, if that is what it does. */
export function chosenMaster({ args }: Hint): string | null {
  const [command, node] = args;
  if (command === 'promote') return node ?? null;
  const at = args.indexOf('--master');
  return at === -1 ? null : (args[at + 1] ?? null);
}

/** How `rrepl plan` calls what `rrepl up` reports as done in other words; the rest it doesn't report. */
const REPORTED: Readonly<Record<string, string>> = {
  'create container': 'created',
  start: 'started',
  unpause: 'unpaused',
  connect: 'connected',
  promote: 'promoted',
  're-point': 'follows',
  restore: 'restored',
  set: 'set',
  'remove volume': 'removed',
  kill: 'killed',
  stop: 'stopped',
  'remove container': 'removed',
};
const PLANNED = new RegExp(`^(${Object.keys(REPORTED).join('|')}) {2,}(\\S+)`, 'gm');
const DONE = new RegExp(
  `^(\\S+): (${[...new Set(Object.values(REPORTED))].join('|')}|\\S+ restored)\\b`,
  'gm',
);

const unique = (lines: Iterable<string>): string[] => [...new Set(lines)].sort();

/** The steps that `rrepl plan` prints, in the words that `up` has for them: `redis-1: started`. */
export const plannedSteps = (plan: string, topology: string): string[] =>
  unique(
    [...plan.matchAll(PLANNED)].map(([, verb = '', resource = '']) => {
      const prefix = `rrepl-${topology}-`;
      const isNode = verb !== 'remove volume' && resource.startsWith(prefix);
      return `${isNode ? resource.slice(prefix.length) : resource}: ${REPORTED[verb]}`;
    }),
  );

/** The steps that `rrepl up` says it has done, on a stderr that is no terminal. */
export const doneSteps = (stderr: string): string[] =>
  unique(
    [...stderr.matchAll(DONE)].map(
      ([, subject, phase = '']) => `${subject}: ${phase.replace(/^\S+ restored/, 'restored')}`,
    ),
  );

/** `plan` says that `up` must look into volumes first. */
export const UNREAD = /^note: .* can be read only through a container/m;

export const NOTHING_PLANNED = /^nothing to change$/m;
export const NOTHING_CHANGED = /is up already, nothing changed/;
