/**
 * Every failure that rrepl foresees is one of these. Each has a stable `code` for programs, and
 * the facts that go with it; what to type next is the CLI's to say (`src/cli/hints`).
 * Anything else that reaches `main` is a defect of rrepl itself.
 */

import type { About, AboutCode } from './error-facts.js';

export type { About, Note } from './error-facts.js';

/** What the process tells its caller. `rrepl help exit-codes` prints this table. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  invalid: 3,
  engine: 4,
  deadline: 5,
  notStarted: 127,
  hungUp: 129,
  interrupted: 130,
  unread: 141,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** The codes of errors that say no more than their class. */
export type Kind =
  | 'usage'
  | 'unconfirmed'
  | 'invalid'
  | 'engine'
  | 'port-taken'
  | 'failed'
  | 'refused'
  | 'server-stopped'
  | 'deadline'
  | 'no-reply'
  | 'interrupted'
  | 'not-started';

/** Stable, one for each thing that can be wrong: of `about` where there are facts, else the kind of the error. */
export type ErrorCode = AboutCode | Kind;

export interface ErrorDetails {
  about?: About;
  cause?: unknown;
}

/** All errors of rrepl: a sentence for people, a `code` for programs, and its facts in `about`. */
export abstract class RreplError extends Error {
  /** What the program `rrepl` ends with. */
  abstract readonly exitCode: ExitCode;
  protected abstract readonly kind: Kind;
  /** The facts of its code; null where the message says all. */
  readonly about: About | null;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.about = details.about ?? null;
  }

  /** Stable: programs may go by it. */
  get code(): ErrorCode {
    return this.about?.code ?? this.kind;
  }
}

/** A command line that can't be understood, or names something that isn't there. */
export class UsageError extends RreplError {
  readonly exitCode = EXIT_CODES.usage;
  protected readonly kind: Kind = 'usage';
}

/**
 * Nothing was done, because it costs data: whoever agrees calls the operation again with `yes`.
 * The message says what it costs.
 */
export class ConfirmationError extends UsageError {
  protected override readonly kind = 'unconfirmed';
  /** For a person who is asked: `restart it?` */
  readonly question: string;

  constructor(message: string, question: string, details: ErrorDetails = {}) {
    super(message, details);
    this.question = question;
  }
}

/** A topology or a configuration that can't be, whoever wrote it. */
export class InvalidError extends RreplError {
  readonly exitCode: ExitCode = EXIT_CODES.invalid;
  protected readonly kind = 'invalid';
}

/** The engine can't be reached, or refused what was asked of it. */
export class EngineError extends RreplError {
  readonly exitCode = EXIT_CODES.engine;
  protected readonly kind: Kind = 'engine';
}

/** A check or a drill failed, or could not be decided. */
export class FailedError extends RreplError {
  readonly exitCode = EXIT_CODES.failed;
  protected readonly kind: Kind = 'failed';
}

/** A deadline ran out. The message says what was waited for and what was seen last. */
export class DeadlineError extends RreplError {
  readonly exitCode = EXIT_CODES.deadline;
  protected readonly kind = 'deadline';
}

const INTERRUPTIONS = {
  SIGINT: { words: 'interrupted', exitCode: EXIT_CODES.interrupted },
  SIGTERM: { words: 'terminated', exitCode: EXIT_CODES.terminated },
  SIGHUP: { words: 'the terminal was closed', exitCode: EXIT_CODES.hungUp },
  SIGPIPE: { words: 'nobody reads the output any more', exitCode: EXIT_CODES.unread },
} as const;

/** What makes rrepl stop before it is done; SIGPIPE: nobody reads the output. */
export type Interruption = keyof typeof INTERRUPTIONS;

/** The user or the system asked rrepl to stop. */
export class InterruptedError extends RreplError {
  readonly exitCode: ExitCode;
  readonly signal: Interruption;
  protected readonly kind = 'interrupted';

  constructor(signal: Interruption, details: ErrorDetails = {}) {
    super(INTERRUPTIONS[signal].words, details);
    this.signal = signal;
    this.exitCode = INTERRUPTIONS[signal].exitCode;
  }
}

/** One thing that is wrong with what the user wrote, and where. */
export interface Problem {
  /** Where it stands: the name of a file, a variable or an input: `rrepl.yaml`, `RREPL_NAME`, `image`. */
  source: string;
  /** The input that says it, with whose name `source` begins; absent where a file or a variable does. */
  input?: string;
  /** 1-based; absent where the source has no lines. */
  line?: number;
  column?: number;
  /** What is wrong and what would be right, as one sentence. */
  message: string;
  /** Its code, and the facts that go with it; absent where the message says all. */
  about?: About;
}

/** Who says what is wrong. */
export type Place = Pick<Problem, 'source' | 'input'>;

/** @param detail which of several, or the file that it names */
export const inInput = (input: string, detail = ''): Place => ({
  source: detail === '' ? input : `${input} ${detail}`,
  input,
});

export function formatProblem(problem: Problem): string {
  // What a program calls it may be how the sentence begins.
  if (problem.message.startsWith(`${problem.source} must `)) return problem.message;
  const place = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${problem.source}${place}: ${problem.message}`;
}

/** More are not read; a file that is no rrepl.yaml at all may have one a line. */
const MAX_SHOWN = 30;

/** A line each. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.slice(0, MAX_SHOWN).map(formatProblem);
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/** All that is wrong with a topology, at once. */
export class InvalidTopologyError extends InvalidError {
  override readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];

  /** @param exitCode `EXIT_CODES.usage` where an input's value is wrong by itself */
  constructor(
    problems: readonly Problem[],
    details: ErrorDetails = {},
    exitCode: ExitCode = EXIT_CODES.invalid,
  ) {
    super(formatProblems(problems), details);
    this.problems = problems;
    this.exitCode = exitCode;
  }
}

/**
 * What is wrong with the words themselves, before anything is looked at: with an input among them
 * the call is wrong, else what a file or a variable says of the topology.
 */
export function wrongWords(
  problems: readonly Problem[],
  details: ErrorDetails = {},
): InvalidTopologyError {
  const typed = problems.some(({ input }) => input !== undefined);
  return new InvalidTopologyError(problems, details, typed ? EXIT_CODES.usage : EXIT_CODES.invalid);
}
