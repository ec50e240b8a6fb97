/**
 * The command tree. A command's own code is imported when it is run, so `--version`, help
 * and usage errors load neither the engine's client nor Redis's.
 */
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../context.js';
import { EXIT_CODES, UsageError } from '../errors.js';
import { oneLine } from '../format.js';
import { suggestion } from '../topology/nearest.js';
import { buildCommand, type Invocation } from './command.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import { COMMANDS } from './groups/index.js';
import { hinted } from './hints/own.js';

/** Parses the arguments, runs the command they name and returns the exit code. */
export async function runProgram(context: Context, argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT_CODES.done;
  const setExit = (code: number) => {
    exitCode = code;
  };
  const { words, rest } = splitAtDashes(argv);
  if (argv.length === 0) return runProgram(context, ['--help']);
  try {
    await buildProgram({ context, setExit, rest }, words).parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_CODES.done;
    throw usageError(error, argv);
  }
}

/** What follows `--` belongs to redis-cli (`cli`), or to the user's program (`run`), options and all. */
function splitAtDashes(argv: readonly string[]): { words: readonly string[]; rest: string[] } {
  const at = argv[0] === 'cli' || argv[0] === 'run' ? argv.indexOf('--') : -1;
  return at === -1
    ? { words: argv, rest: [] }
    : { words: argv.slice(0, at), rest: argv.slice(at + 1) };
}

/** Commander's "error: unknown option '--x'\n(Did you mean --y?)" as ours. */
function usageError(error: CommanderError, argv: readonly string[]): UsageError {
  const [first = ''] = argv;
  if (error.code === 'commander.help') {
    const help = first.startsWith('-') ? '' : ` ${first}`;
    return hinted(new UsageError('no command given'), `see \`rrepl${help} --help\``);
  }
  const message = error.message
    .replace(/^error: /, '')
    .replace(/'([^']*)'/g, (_, word: string) => `'${oneLine(word)}'`);
  if (first.startsWith('-')) {
    return hinted(new UsageError(message), 'options stand after the command, see `rrepl --help`');
  }
  if (error.code === 'commander.excessArguments' && first === 'run')
    return hinted(new UsageError(message), 'the program stands behind `--`: rrepl run -- npm test');
  const path = isCommand(argv.slice(0, 2).join(' ')) ? argv.slice(0, 2).join(' ') : first;
  const command = error.code === 'commander.unknownCommand' ? '' : ` ${path}`;
  return hinted(new UsageError(message), `see \`rrepl${command} --help\``);
}

const isCommand = (path: string): boolean =>
  Object.values(COMMANDS).some((specs) => Object.hasOwn(specs, path));

/** Whether a command's flags take part; help counts the flags of all, else those of others are left out. */
function isMeant(path: string, words: readonly string[]): boolean {
  const [first = ''] = words;
  const isOne = VERSION.includes(first) || isCommand(first) || Object.hasOwn(PARENTS, first);
  return !isOne || path.split(' ').some((it) => words.includes(it));
}

const VERSION = ['-v', '--version'];

/** Tests ask it which commands and flags there are. @param words what was typed */
export function buildProgram(invocation: Invocation, words: readonly string[] = []): Command {
  const program = new Command('rrepl')
    .description(packageJson.description)
    .usage('<command> [options]')
    .version(packageJson.version, VERSION.join(', '), 'print the version')
    .configureOutput({
      writeOut: (text) => invocation.context.stdout.write(text),
      // Errors are thrown and shown once, by main.
      writeErr: () => {},
    })
    .helpCommand(false)
    // Else `plan` would take the options of `plan promote`.
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);
  for (const [group, specs] of Object.entries(COMMANDS)) {
    for (const [path, spec] of Object.entries(specs)) {
      const [parent] = path.split(' ');
      const known = isMeant(path, words) ? spec : { ...spec, flags: [] };
      const built = buildCommand(path, known, invocation);
      if (parent === path) program.addCommand(built.helpGroup(`${group}:`));
      else parentOf(program, parent ?? '', group).addCommand(built);
    }
  }
  addHelp(program, invocation);
  for (const it of [program, ...program.commands, ...program.commands.flatMap((up) => up.commands)])
    it.copyInheritedSettings(program).exitOverride().showSuggestionAfterError();
  return program;
}

const EXAMPLES = `
Examples:
  $ rrepl up                        a master and two replicas of redis:6.0
  $ rrepl verify                    prove that they replicate
  $ rrepl kill-master               kill the master under load, count what is lost
  $ rrepl down --volumes            remove everything

\`rrepl help COMMAND\` tells more of one, \`rrepl help exit-codes\` what they end with.`;

const PARENTS: Readonly<Record<string, string>> = {
  drill: 'what replication promises, shown on real servers',
};

/** The command that others stand under, made with the first of them. */
function parentOf(program: Command, name: string, group: string): Command {
  const made = program.commands.find((it) => it.name() === name);
  if (made !== undefined) return made;
  const parent = program.command(name).helpGroup(`${group}:`).helpCommand(false);
  return parent.description(PARENTS[name] ?? '');
}

function addHelp(program: Command, { context }: Invocation): void {
  program
    .command('help')
    .description('help for a command, or `rrepl help exit-codes`')
    .argument('[topic...]')
    .action((topic: string[]) => {
      if (topic.join(' ') === 'exit-codes') {
        context.stdout.write(EXIT_CODES_HELP);
        return;
      }
      topic.reduce(within, program).outputHelp();
    });
}

function within(command: Command, word: string): Command {
  const found = command.commands.find((it) => it.name() === word);
  if (found !== undefined) return found;
  const names = ['exit-codes', ...command.commands.map((it) => it.name())];
  throw hinted(
    new UsageError(`there is no help on '${oneLine(word)}'${suggestion(word, names)}`),
    'see `rrepl --help`',
  );
}
