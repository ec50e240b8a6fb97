/** One command: what it is for, its argument and flags, and the code that it runs. */
import { Command, Option } from 'commander';
import type { Context } from '../context.js';
import { UsageError } from '../errors.js';
import { WISHES } from '../topology/flags.js';
import { type CliFlag, FLAGS, type FlagName, type OptionsOf, type ReportFormat } from './flags.js';
import { collect, parseReports } from './options.js';

/** What a `<node>`, `[node]` or `<names...>` gives. */
type Argument<A extends string> = A extends `${string}...${string}`
  ? string[]
  : A extends `<${string}`
    ? string
    : A extends `[${string}`
      ? string | undefined
      : undefined;

export interface Call<F extends FlagName, A extends string> {
  readonly context: Context;
  readonly options: OptionsOf<F>;
  readonly argument: Argument<A>;
  /** What followed `--`, for redis-cli or the user's program. */
  readonly rest: readonly string[];
}

export interface CommandSpec<F extends FlagName = FlagName, A extends string = string> {
  readonly about: string;
  readonly argument?: readonly [name: A, help: string];
  readonly usage?: string;
  readonly flags: readonly F[];
  /** Of flags that mean something of their own here. */
  readonly words?: Partial<Readonly<Record<FlagName, string>>>;
  /** Formats that `--report` writes. */
  readonly reports?: readonly ReportFormat[];
  /** The heading of the flags of `up`, where they are not the command's own. */
  readonly wishes?: string;
  readonly examples: readonly string[];
  /** Returns the exit code. Imports the command's code: help needs none of it. */
  // A method, so that a table can hold commands with different flags.
  run(call: Call<F, A>): Promise<number>;
}

/** Only for its types: options and argument as the flags say. */
export const command = <const F extends FlagName, const A extends string = ''>(
  spec: CommandSpec<F, A>,
): CommandSpec => spec as unknown as CommandSpec;

export interface Invocation {
  readonly context: Context;
  readonly setExit: (code: number) => void;
  readonly rest: readonly string[];
}

/** @param path what is typed: `drill run` */
export function buildCommand(
  path: string,
  spec: CommandSpec,
  { context, setExit, rest }: Invocation,
): Command {
  const built = new Command(path.split(' ').at(-1)).description(spec.about);
  if (spec.usage !== undefined) built.usage(spec.usage);
  if (spec.argument !== undefined) built.argument(...spec.argument);
  for (const flag of spec.flags) built.addOption(optionOf(flag, spec));
  const examples = spec.examples.map((it) => `  $ rrepl ${it}\n`).join('');
  built.addHelpText('after', `\nExamples:\n${examples}`.trimEnd());
  built.action(async () => {
    refuseBefore(path, built);
    const [argument] = built.processedArgs;
    setExit(await spec.run({ context, options: built.opts(), argument, rest }));
  });
  return built;
}

/** What stands before the last word of the command would be another command's, and count for nothing. */
function refuseBefore(path: string, { parent }: Command): void {
  const [stray] = Object.keys(parent?.opts() ?? {});
  if (stray === undefined) return;
  throw new UsageError(`options stand after \`rrepl ${path}\`, not before its last word`);
}

function optionOf(flag: FlagName, { words, wishes, reports = [] }: CommandSpec): Option {
  const { short, value, help, parse, choices, formats, conflicts, many }: CliFlag = FLAGS[flag];
  const names = [...(short ? [short] : []), `--${flag}`].join(', ');
  const option = new Option(value ? `${names} ${value}` : names, words?.[flag] ?? help);
  if (parse !== undefined) option.argParser((text) => parse(text));
  if (choices !== undefined) option.choices(choices);
  if (formats !== undefined) {
    option.description = `${help}: ${reports.map((it) => formats[it]).join(', ')}`;
    option.argParser(parseReports(reports));
  }
  if (conflicts !== undefined) option.conflicts([...conflicts]);
  if (many) option.argParser(collect);
  if (wishes !== undefined && WISHES.some((it) => it === flag)) option.helpGroup(wishes);
  return option;
}
