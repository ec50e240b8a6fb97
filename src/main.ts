/**
 * Arguments, streams and environment in, exit code out. The only place that catches
 * everything: what rrepl foresees becomes one message and a hint, anything else is a
 * defect and says so.
 */
import { runProgram } from './cli/program.js';
import type { Context, Streams } from './context.js';
import { EXIT_CODES, InterruptedError, RreplError } from './errors.js';
import { printable } from './format.js';
import { coloursFor } from './ui/colours.js';

export interface Io extends Streams {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** A server on this machine answers in a millisecond; one that takes this long hangs. */
const REDIS_TIMES = { connectTimeoutMs: 2000, replyTimeoutMs: 5000 };

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const interruption = listenForSignals(io);
  tolerateClosedPipe(io.stdout);
  try {
    const context: Context = {
      ...io,
      signal: interruption.signal,
      connectRuntime: async (host, signal) => {
        const { connectEngine } = await import('./docker/connect.js');
        return connectEngine(host, io.env, signal);
      },
      loadRedis: async () => {
        const { connectNode } = await import('./redis/ioredis-node.js');
        return ({ publishedHost }, name, port) =>
          connectNode({ name, host: publishedHost, port, ...REDIS_TIMES });
      },
    };
    return await runProgram(context, argv);
  } catch (error) {
    return report(interruption.signal.aborted ? interruption.signal.reason : error, argv, io);
  } finally {
    interruption.stop();
  }
}

function report(error: unknown, argv: readonly string[], io: Io): number {
  const colours = coloursFor(io.stderr, io.env);
  const debug = argv.includes('--debug') || Boolean(io.env.RREPL_DEBUG);
  const foreseen = error instanceof RreplError;
  const message = error instanceof Error ? error.message : String(error);
  const prefix = foreseen ? 'error:' : 'error: this is a defect of rrepl:';
  io.stderr.write(`${colours.red(prefix)} ${printable(message)}\n`);
  const hint = foreseen ? error.hint : 'run again with --debug and report what it prints';
  if (hint) io.stderr.write(`${hint}\n`);
  if (debug && error instanceof Error) io.stderr.write(`${withCauses(error)}\n`);
  return foreseen ? error.exitCode : EXIT_CODES.failed;
}

function withCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

/** The first SIGINT or SIGTERM asks the command to clean up and stop; the second stops at once. */
function listenForSignals(io: Io) {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    const error = new InterruptedError(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
    if (controller.signal.aborted) {
      io.stderr.write('stopped at once; `rrepl ls` shows what is left, `rrepl down` removes it\n');
      process.exit(error.exitCode);
    }
    controller.abort(error);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    stop: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}

/** `rrepl logs | head` closes the pipe early: that is no error of ours. */
function tolerateClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_CODES.done);
    throw error;
  });
}
