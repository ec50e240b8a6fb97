/**
 * The command tree. A command's own code is imported when it is run, so `--version`, help
 * and usage errors load neither the engine's client nor Redis's.
 */
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../context.js';
import { EXIT_CODES, UsageError } from '../errors.js';
import { oneLine } from '../format.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import { addLifeCommands } from './life-commands.js';
import { addLookCommands } from './look-commands.js';
import { addFailoverCommands, addNodeCommands } from './node-commands.js';
import { addDrillCommands, addDrillLibrary, addProofCommands } from './proof-commands.js';
import type { Invocation } from './shared.js';

/** Parses the arguments, runs the command they name and returns the exit code. */
export async function runProgram(context: Context, argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT_CODES.done;
  const setExit = (code: number) => {
    exitCode = code;
  };
  const { words, rest } = splitAtDashes(argv);
  try {
    await buildProgram({ context, setExit, rest }).parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_CODES.done;
    throw usageError(error, argv);
  }
}

/** What follows `--` in `rrepl cli` belongs to redis-cli, options and all. */
function splitAtDashes(argv: readonly string[]): { words: readonly string[]; rest: string[] } {
  const at = argv[0] === 'cli' ? argv.indexOf('--') : -1;
  return at === -1
    ? { words: argv, rest: [] }
    : { words: argv.slice(0, at), rest: argv.slice(at + 1) };
}

/** Commander's "error: unknown option '--x'\n(Did you mean --y?)" as ours. */
function usageError(error: CommanderError, argv: readonly string[]): UsageError {
  const [first = ''] = argv;
  if (error.code === 'commander.help') {
    const help = first === '' || first.startsWith('-') ? '' : ` ${first}`;
    return new UsageError('no command given', { hint: `see \`rrepl${help} --help\`` });
  }
  const message = error.message
    .replace(/^error: /, '')
    .replace(/'([^']*)'/g, (_, word: string) => `'${oneLine(word)}'`);
  if (first.startsWith('-')) {
    return new UsageError(message, {
      hint: 'options stand after the command, see `rrepl --help`',
    });
  }
  const command = error.code === 'commander.unknownCommand' ? '' : ` ${first}`;
  return new UsageError(message, { hint: `see \`rrepl${command} --help\`` });
}

/** Tests ask it which commands and flags there are. */
export function buildProgram(invocation: Invocation): Command {
  const program = new Command('rrepl')
    .description(packageJson.description)
    .version(packageJson.version, '-V, --version', 'print the version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => invocation.context.stdout.write(text),
      // Errors are thrown and shown once, by main.
      writeErr: () => {},
    })
    .helpCommand(false);
  addLifeCommands(program, invocation);
  addLookCommands(program, invocation);
  addProofCommands(program, invocation);
  addDrillCommands(program, invocation);
  addDrillLibrary(program, invocation);
  addFailoverCommands(program, invocation);
  addNodeCommands(program, invocation);
  addHelp(program, invocation);
  return program;
}

function addHelp(program: Command, { context }: Invocation): void {
  program
    .command('help')
    .description('help for a command, or `rrepl help exit-codes`')
    .argument('[topic]')
    .action((topic?: string) => {
      if (topic === 'exit-codes') {
        context.stdout.write(EXIT_CODES_HELP);
        return;
      }
      const about = program.commands.find((it) => it.name() === topic);
      if (topic !== undefined && about === undefined) {
        throw new UsageError(`there is no help on '${topic}'`, { hint: 'see `rrepl --help`' });
      }
      (about ?? program).outputHelp();
    });
}
