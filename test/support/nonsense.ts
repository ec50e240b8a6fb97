/** Values that no flag, argument or field may take, and a program to try them on. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import fc from 'fast-check';
import { expect } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import type { Context } from '../../src/context.js';
import { EXIT_CODES } from '../../src/errors.js';
import { main } from '../../src/main.js';
import { captured, noInput } from './streams.js';

/** Whatever a flag is for, these are none of it. */
export const ABSURD = ['', 'a'.repeat(300), 'a\nb', 'a\u0000b', '\u001b[31m'];

/** A number to somebody, and not written as one here. */
export const NOT_NUMBERS = [
  ...['1e9', '0x10', '٣', '１', '+5', '-1', '2.5', '1_000', '1,000', 'NaN', 'Infinity'],
  ...['5 ', ' 5', '99999999999', '-0', 'five', 'MAX', '0b1', 'null'],
];

export const notANumber = fc
  .oneof(
    fc.constantFrom(...NOT_NUMBERS),
    fc.double().map(String),
    fc.bigInt({ min: 10n ** 10n }).map(String),
    fc.string({ unit: 'binary' }),
  )
  .filter((text) => !/^(\d{1,10}|max)$/.test(text));

export const notATime = fc
  .oneof(notANumber, fc.constantFrom('5d', '1e3s', '5 m', '25h', '0', '0s', '٣s', '1:30'))
  .filter((text) => !/^\s*\d+(\.\d+)?(ms|s|m|h)?\s*$/.test(text) || Number.parseFloat(text) === 0);

export const notAName = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a/b', 'a b', 'é', '-a', '../a', 'A', 'a.b'),
  )
  .filter((text) => !/^[a-z0-9][a-z0-9-]{0,39}$/.test(text));

/** Anything at all, much of it meant for parsers. */
export const anything = fc.oneof(
  fc.constantFrom(
    ...ABSURD,
    '--',
    '-',
    '-x',
    '--name',
    '=',
    'a=',
    '=b',
    'constructor',
    '__proto__',
  ),
  fc.constantFrom(
    'toString',
    'redis-1',
    'master',
    '.',
    '..',
    '/',
    '/dev/null',
    '~',
    '*',
    '$(x)',
    '%s',
  ),
  notANumber,
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
);

export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'rrepl-fuzz-'));

export async function say(argv: readonly string[], cwd: string, env = {}): Promise<Said> {
  const streams = { stdin: noInput(), stdout: captured(), stderr: captured() };
  const exitCode = await main(argv, { ...streams, env, cwd });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

const DOCUMENTED: readonly number[] = Object.values(EXIT_CODES);
const SLIPS = /TypeError|RangeError|\[object |undefined|native code|defect of rrepl|\n\s+at /;

/** Whatever was typed: a documented exit code, and no slip of the program in what it says. */
export function expectSense({ exitCode, stdout, stderr }: Said, typed: readonly string[]): void {
  expect(DOCUMENTED).toContain(exitCode);
  // A report of what failed is said as data.
  const reported = exitCode === EXIT_CODES.failed && stdout !== '';
  if (exitCode !== EXIT_CODES.done && !reported) expect(stderr).toMatch(/^error: ./m);
  if (!typed.some((text) => SLIPS.test(text))) expect(stderr).not.toMatch(SLIPS);
  expect(stderr).not.toMatch(/[^\P{Cc}\n\t]/u);
}

/** What is certainly wrong: exit code 2 or 3 and a sentence. */
export function expectRefusal(said: Said, typed: readonly string[]): void {
  expectSense(said, typed);
  expect([EXIT_CODES.usage, EXIT_CODES.invalid], said.stderr).toContain(said.exitCode);
  expect(said.stdout).toBe('');
}

/** Every command of the program itself, so that one added later is tried as well. */
export const commands: readonly Command[] = buildProgram({
  context: {} as Context,
  setExit: () => {},
  rest: [],
})
  .commands.filter((command) => command.name() !== 'help')
  .flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));

/** `drill run`, as it is typed. */
export const wordsOf = (command: Command): string[] =>
  command.parent?.parent ? [...wordsOf(command.parent), command.name()] : [command.name()];

/** The command with arguments that are fine. */
export const wellFormed = (command: Command): string[] => [
  ...wordsOf(command),
  ...command.registeredArguments.filter((it) => it.required).map(() => 'redis-2'),
  ...(command.options.some((it) => it.long === '--fresh') ? ['--fresh'] : []),
];

/** What stands in brackets behind a flag: `time` of `--timeout <time>`. */
const kindOf = (option: Option): string => /<(.*)>/.exec(option.flags)?.[1] ?? '';

/** Every flag that takes a value, of every command; but `render` asks no engine, and ignores its address. */
export const flags = commands.flatMap((command) =>
  command.options
    .filter(
      (option) => option.required && !(command.name() === 'render' && option.long === '--host'),
    )
    .map((option) => ({ command, flag: option.long ?? '', kind: kindOf(option) })),
);
