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
    passOn(child.stdout, io.stdout, onOutput);
    passOn(child.stderr, io.stderr, onOutput);
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

function passOn(from: Readable | null, to: Writable, tell: (text: string) => void): void {
  from?.on('data', (chunk: Buffer) => {
    tell(chunk.toString());
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
}

const endOf = (child: ChildProcess): Promise<Ended> =>
  new Promise((done) => {
    // Its outputs may be held open by what it has started: they are not waited for.
    const event = child.stdout === null ? 'exit' : 'close';
    child.once(event, (code: number | null, signal: NodeJS.Signals | null) =>
      done({ exitCode: code ?? 128 + (signal === null ? 0 : machine.signals[signal]), signal }),
    );
  });
