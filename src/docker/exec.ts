/**
 * A command inside a container, from start to exit code. The end of its output is not
 * relied on, since on some engines it never comes (apocas/dockerode#534): the engine is
 * asked now and then whether the command still runs.
 */

import { addAbortSignal, type Duplex, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameDecoder } from './log-frames.js';
import type { ExecResult, Terminal } from './runtime.js';

/** A command that has been started. */
export interface Execution {
  readonly stream: Readable;
  /** Whether it was given a terminal: its output is not in frames then. */
  readonly tty: boolean;
  /** Its exit code; null while it runs. */
  exitCode(): Promise<number | null>;
}

export interface InteractiveExecution extends Execution {
  readonly stream: Duplex;
  /** Rejects while the command is still being started. */
  resize(rows: number, columns: number): Promise<unknown>;
}

/** Takes output; what it returns is awaited before more is read. */
type Sink = (data: Buffer) => unknown;

interface Sinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** How often a command whose output is still open is asked after. */
const POLL_MS = 250;
/** The same for one that a person sits at. */
const INTERACTIVE_POLL_MS = 1_000;
/** How soon one whose output has ended but that has no exit code yet. */
const ENDED_POLL_MS = 20;
/** What the last output may take to arrive once the command has exited. */
const LAST_OUTPUT_MS = 1_000;

/** Collects what a command prints until it exits. */
export async function capture(execution: Execution, signal: AbortSignal): Promise<ExecResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const exitCode = await run(execution, signal, POLL_MS, {
    stdout: (data) => stdout.push(data),
    stderr: (data) => stderr.push(data),
  });
  const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8');
  return { exitCode, stdout: text(stdout), stderr: text(stderr) };
}

/** What a shell reports for a command that SIGPIPE has killed. */
const BROKEN_PIPE = 141;

/**
 * Joins a command to the user's terminal or pipes until it exits, and resolves with its
 * exit code, or with 141 as soon as nobody reads the output. The terminal is as it was before when this settles, or when the signal aborts.
 */
export async function attach(
  execution: InteractiveExecution,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const restore = joinInput(execution, terminal);
  signal.addEventListener('abort', restore, { once: true });
  try {
    return await run(execution, signal, INTERACTIVE_POLL_MS, {
      stdout: (data) => write(terminal.stdout, data),
      stderr: (data) => write(terminal.stderr, data),
    });
  } catch (error) {
    if (error instanceof OutputClosed) return BROKEN_PIPE;
    throw error;
  } finally {
    signal.removeEventListener('abort', restore);
    restore();
  }
}

async function run(execution: Execution, signal: AbortSignal, pollMs: number, sinks: Sinks) {
  const { stream } = execution;
  addAbortSignal(signal, stream);
  try {
    return await outcome(execution, deliver(execution, sinks), pollMs);
  } finally {
    stream.destroy();
  }
}

/** Passes a command's output on until it ends. */
async function deliver({ stream, tty }: Execution, sinks: Sinks): Promise<void> {
  const decoder = new FrameDecoder();
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const frames = tty ? [{ stream: 'stdout' as const, data: chunk }] : decoder.push(chunk);
    for (const frame of frames) await sinks[frame.stream](frame.data);
  }
}

/** Waits until the command has exited and its output is complete, as far as can be known. */
async function outcome(
  execution: Execution,
  output: Promise<void>,
  pollMs: number,
): Promise<number> {
  let ended = await settled(output, pollMs);
  for (;;) {
    const exitCode = await execution.exitCode();
    if (exitCode !== null) {
      await settled(output, LAST_OUTPUT_MS);
      return exitCode;
    }
    if (ended) await sleep(ENDED_POLL_MS);
    else ended = await settled(output, pollMs);
  }
}

/** Whether a promise resolves within some time; rejects if it does. */
async function settled(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), elapsed]);
  } finally {
    // A timer left behind would keep the process from exiting.
    clearTimeout(timer);
  }
}

/** Whoever read the user's end of the output has gone: `rrepl cli … | head`. */
class OutputClosed extends Error {}

function write(to: Writable, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(data, (cause) => (cause ? reject(new OutputClosed('', { cause })) : resolve()));
  });
}

/** Feeds the user's input to the command. Returns what undoes it, which may be called twice. */
function joinInput(execution: InteractiveExecution, { stdin, stdout }: Terminal): () => void {
  const { stream, tty } = execution;
  const wasRaw = stdin.isRaw;
  const fitToWindow = () => void resizeToWindow(execution, stdout);
  if (tty) {
    stdin.setRawMode(true);
    stdout.on('resize', fitToWindow);
    fitToWindow();
  }
  // Its end closes the command's input and leaves its output open.
  stdin.pipe(stream);
  return () => {
    stdin.unpipe(stream);
    stdin.pause();
    if (!tty) return;
    stdin.setRawMode(wasRaw);
    stdout.off('resize', fitToWindow);
  };
}

const RESIZE_ATTEMPTS = 5;

/** Gives the command's terminal the size of the user's: a matter of looks, so failing is no error. */
async function resizeToWindow(
  { resize }: InteractiveExecution,
  { rows, columns }: Terminal['stdout'],
): Promise<void> {
  for (let attempt = 1; attempt <= RESIZE_ATTEMPTS; attempt += 1) {
    try {
      await resize(rows, columns);
      return;
    } catch {
      // The terminal appears only when the command's process does.
      await sleep(ENDED_POLL_MS * attempt);
    }
  }
}
