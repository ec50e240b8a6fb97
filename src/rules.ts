/** What single values may be, each once: the CLI's flags and the library's calls go by the same. */

export interface Rule {
  /** What is right: `a whole number from 1 to 64`. */
  readonly words: string;
  readonly allows: (value: unknown) => boolean;
  /** What stands there instead is never shown: it may be a password. */
  readonly secret?: true;
  /** It can't be left out. */
  readonly needed?: true;
}

const DAY_MS = 86_400_000;

export const wholeNumber = (least: number, most: number): Rule => ({
  words: `a whole number from ${least} to ${most}`,
  allows: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
});

export const oneOf = (values: readonly string[]): Rule => ({
  words: `one of ${values.join(', ')}`,
  allows: (value) => values.some((it) => it === value),
});

/** What follows the kill of a master. */
export const RECOVERIES = ['promote', 'sentinel', 'restart', 'none'] as const;

export const RULES = {
  recover: oneOf(RECOVERIES),
  writers: wholeNumber(1, 64),
  /** Writes a second. */
  rate: wholeNumber(1, 1_000_000),
  /** Replicas that confirm a write. */
  wait: wholeNumber(0, 50),
  seed: wholeNumber(0, 2 ** 31),
  maxLoss: wholeNumber(0, 1e9),
  /** Lines of a log. */
  tail: wholeNumber(0, 9_999_999),
  /** A time that somebody waits for, in milliseconds. */
  timeMs: wholeNumber(1, DAY_MS),
} as const satisfies Readonly<Record<string, Rule>>;
