/** The user's own program, as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { constants as machine } from 'node:os';
import { delimiter, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { EXIT_CODES, RreplError } from '../errors.js';
import { quoted } from '../format.js';

/** What it reads and writes: streams of this process, with a file behind each. */
export interface ProgramIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export interface ProgramWish {
  /** The program, and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly io: ProgramIo;
  /** What it prints, as it prints it. Then its outputs are pipes, and what comes is passed on. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

export interface Ended {
  /** Its own, or 128 and the number of the signal that ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

export interface Program {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

/** The command of `rrepl run` can't be started: what a shell says with 127. */
export class NotStartedError extends RreplError {
  readonly exitCode = EXIT_CODES.notStarted;
  protected readonly kind = 'not-started';
}

/** Before anything is made for it. @throws NotStartedError */
export function refuseAbsent({ command: [name = ''], env, cwd }: ProgramWish): void {
  // Windows looks for names with endings of its own.
  if (process.platform === 'win32') return;
  const folders = name.includes('/') ? [cwd] : (env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => resolve(cwd, folder, name)).filter(isFile);
  if (found.some(isExecutable)) return;
  throw new NotStartedError(
    found.length > 0
      ? `${quoted(name)} can't be started: it is not executable`
      : `${quoted(name)} can't be started: there is no such program`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when it runs. @throws NotStartedError */
export async function startProgram(wish: ProgramWish): Promise<Program> {
  const { command, env, cwd, io, onOutput } = wish;
  const [name = '', ...args] = command;
  const output =
    onOutput === undefined ? ([io.stdout, io.stderr] as const) : (['pipe', 'pipe'] as const);
  const child = spawn(name, args, { cwd, env, stdio: [io.stdin, ...output] });
  if (onOutput !== undefined) {
    const onUnread = () => void child.kill('SIGPIPE');
    passOn(child.stdout, io.stdout, { onOutput, onUnread });
    passOn(child.stderr, io.stderr, { onOutput, onUnread });
  }
  const ended = endOf(child);
  await new Promise<void>((done, fail) => {
    child.once('spawn', done);
    child.once('error', (cause) =>
      fail(new NotStartedError(`${quoted(name)} can't be started: ${cause.message}`, { cause })),
    );
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}

interface Listeners {
  readonly onOutput: (text: string) => void;
  readonly onUnread: () => void;
}

function passOn(from: Readable | null, to: Writable, { onOutput, onUnread }: Listeners): void {
  from?.on('data', (chunk: Buffer) => {
    onOutput(chunk.toString());
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  // As if it wrote there by itself.
  const unread = () => {
    onUnread();
    from?.destroy();
  };
  to.once('error', unread).once('close', unread);
  from?.once('close', () => to.off('error', unread).off('close', unread));
}

/** For what stands in a pipe whose writer has ended; others may hold it open. */
const LAST_OUTPUT_MS = 500;

const endOf = (child: ChildProcess): Promise<Ended> =>
  new Promise((done) => {
    const outputs = [child.stdout, child.stderr].filter((it) => it !== null);
    child.once('exit', (code: number | null, signal: NodeJS.Signals | null) => {
      const end = () =>
        done({ exitCode: code ?? 128 + (signal === null ? 0 : machine.signals[signal]), signal });
      // Its outputs may be held open by what it has started: they are not waited for.
      if (outputs.length === 0) return end();
      const timer = setInterval(() => {
        if (outputs.some((it) => it.isPaused())) return;
        for (const it of outputs) it.destroy();
      }, LAST_OUTPUT_MS);
      child.once('close', () => {
        clearInterval(timer);
        end();
      });
    });
  });
