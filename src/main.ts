/**
 * Arguments, streams and environment in, exit code out. The only place that catches
 * everything: what rrepl foresees becomes one message and a hint, anything else is a
 * defect and says so.
 */
import { runProgram } from './cli/program.js';
import { withTyped } from './cli/typed-again.js';
import type { AtOnce, Context, Streams } from './context.js';
import { EXIT_CODES, FailedError, InterruptedError, RreplError } from './errors.js';
import { printable } from './format.js';
import { chooseEngine } from './operations/engine.js';
import { salvageFolder } from './operations/salvage-folder.js';
import { coloursFor } from './ui/colours.js';
import { wrapped } from './ui/wrap.js';

export interface Io extends Streams {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const interruption = listenForSignals(io, argv);
  const caller = `\`rrepl ${argv.join(' ')}\``;
  const engine = (host: string | undefined) => chooseEngine({ host, env: io.env, caller });
  try {
    const context: Context = {
      ...io,
      typedAgain: (text) => withTyped(text, argv),
      signal: interruption.signal,
      atOnce: interruption.atOnce,
      salvageTo: salvageFolder(io.env),
      engine,
    };
    const exitCode = await runProgram(context, argv);
    await written(io.stdout);
    // Nobody who reads the output any more is none of the command's troubles: it is done.
    if (interruption.signal.reason instanceof FailedError) throw interruption.signal.reason;
    return exitCode;
  } catch (error) {
    return await report(interruption.signal.aborted ? interruption.signal.reason : error, argv, io);
  } finally {
    interruption.stop();
  }
}

/** When all that was printed has been taken, or nobody takes it any more. */
const written = (stdout: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    stdout.write('', () => setImmediate(resolve));
  });

async function report(error: unknown, argv: readonly string[], io: Io): Promise<number> {
  // Only here: it is as much code as the commands' table.
  const { hintFor, messageOf } = await import('./cli/hints/index.js');
  const colours = coloursFor(io.stderr, io.env);
  const debug = argv.includes('--debug') || Boolean(io.env.RREPL_DEBUG);
  const foreseen = error instanceof RreplError;
  const prefix = foreseen ? 'error:' : 'error: this is a defect of rrepl:';
  const told = withTyped(printable(messageOf(error)), argv);
  io.stderr.write(wrapped(`${colours.red(prefix)} ${told}\n`, io.stderr));
  const hint = foreseen ? hintFor(error) : 'run again with --debug and report what it prints';
  if (hint) io.stderr.write(wrapped(`${withTyped(hint, argv)}\n`, io.stderr));
  if (debug && error instanceof Error) io.stderr.write(`${withCauses(error)}\n`);
  return foreseen ? error.exitCode : EXIT_CODES.failed;
}

function withCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

const LEFT = '`rrepl ls` shows what is left, `rrepl down` removes it';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Any of these signals asks the command to clean up and stop, as does an output that nobody
 * reads. Only a person who asks twice ends it at once: a terminal that closes sends SIGHUP
 * more than once.
 */
function listenForSignals(io: Io, argv: readonly string[]) {
  const controller = new AbortController();
  const ending = new AbortController();
  const atOnce: AtOnce = { signal: ending.signal, left: LEFT };
  let asked = false;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    const error = new InterruptedError(signal);
    if (!controller.signal.aborted) controller.abort(error);
    if (signal === 'SIGHUP') return;
    if (asked) {
      ending.abort(error);
      io.stderr.write(wrapped(`stopped at once; ${withTyped(atOnce.left, argv)}\n`, io.stderr));
      process.exit(error.exitCode);
    }
    asked = true;
  };
  // `rrepl drill run all | head` closes the pipe early (EPIPE), a terminal goes away (EIO): what
  // was made is removed all the same.
  const onError = (error: NodeJS.ErrnoException): void => {
    if (controller.signal.aborted) return;
    const isUnread = error.code === 'EPIPE' || error.code === 'EIO';
    const reason = isUnread
      ? new InterruptedError('SIGPIPE')
      : new FailedError(`the output can't be written: ${error.message}`, { cause: error });
    controller.abort(reason);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  io.stdout.on('error', onError);
  io.stderr.on('error', onError);
  return {
    signal: controller.signal,
    atOnce,
    stop: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
