/**
 * The way to an engine behind `ssh://`, as the docker CLI goes it: the system's `ssh`, with its
 * configuration, keys and agent, runs `docker system dial-stdio` at the other end, a process for
 * each connection.
 */
import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { Agent, type ClientRequest, type RequestOptions } from 'node:http';
import { Socket } from 'node:net';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { promisify } from 'node:util';

const CONNECT_SECONDS = 20;
/** sshd begins to refuse callers when ten of them have not logged in yet (MaxStartups). */
const LOGINS_AT_ONCE = 6;
/** No answer by then means that the engine thinks about it, not that ssh still logs in. */
const LOGIN_MS = 5_000;
/** A connection that nobody uses is kept this long. */
const IDLE_MS = 30_000;
/** Of what ssh has said: its warnings come first, the reason comes last. */
const LAST_LINES = 3;
const LONGEST_WORDS = 4_096;
const NO_SSH = 'there is no ssh in PATH';

/** What names the host in ssh's arguments. */
function hostArguments(url: string): string[] {
  const { username, hostname, port } = new URL(url);
  return [
    ...(username ? ['-l', decodeURIComponent(username)] : []),
    ...(port ? ['-p', port] : []),
    '--',
    hostname.replace(/^\[(.*)\]$/, '$1'),
  ];
}

/** ssh's arguments for a connection to the engine; a path in the URL is the engine's socket there. */
export function dialArguments(url: string): string[] {
  const path = decodeURIComponent(new URL(url).pathname);
  const socket = path.length > 1 ? ['--host', quotedForShell(`unix://${path}`)] : [];
  return [
    ...['-o', `ConnectTimeout=${CONNECT_SECONDS}`, '-T', ...hostArguments(url)],
    ...['docker', ...socket, 'system', 'dial-stdio'],
  ];
}

/** ssh joins the command's words with spaces and has the user's shell read them. */
const quotedForShell = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * The host that ssh connects to: its configuration may give the name in the URL another one.
 * Resolves with the name as it is where ssh can't say: a connection will tell why.
 */
export async function sshHostname(url: string): Promise<string> {
  const asked = hostArguments(url);
  const { stdout } = await promisify(execFile)('ssh', ['-G', ...asked]).catch(() => ({
    stdout: '',
  }));
  return /^hostname (.+)$/m.exec(stdout)?.[1] ?? asked.at(-1) ?? '';
}

/** ssh, or the docker CLI at the other end, has failed: the message is in their words. */
export class SshError extends Error {
  readonly code: 'ENOSSH' | 'ESSH' | 'ENODOCKER' | 'ENOACCESS' | 'ENOENGINE';

  constructor(code: SshError['code'], message: string) {
    super(message);
    this.name = 'SshError';
    this.code = code;
  }
}

/** ssh's own failures end with 255; any other code is the remote command's. */
function failed(stderr: string, exitCode: number | null): SshError {
  const lines = stderr.split(/\r?\n/).map((line) => line.trim());
  const said = lines.filter(Boolean).slice(-LAST_LINES).join(' ');
  if (exitCode === 255 || exitCode === null) return new SshError('ESSH', said || 'ssh was ended');
  const message = said || `docker system dial-stdio ended with exit code ${exitCode}`;
  if (exitCode === 127 || /command not found|not recognized/i.test(said)) {
    return new SshError('ENODOCKER', message);
  }
  return new SshError(/permission denied/i.test(said) ? 'ENOACCESS' : 'ENOENGINE', message);
}

type Ssh = ChildProcessByStdio<Writable, Readable, Readable>;

/** All that run now: none of them outlives this process. */
const running = new Set<ChildProcess>();

function endAll(): void {
  for (const child of running) child.kill();
}

function start(url: string): Ssh {
  // In a session of its own: Ctrl-C is for this process, which then has things to undo over there.
  const child = spawn('ssh', dialArguments(url), {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  if (running.size === 0) process.on('exit', endAll);
  running.add(child);
  const over = () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', endAll);
  };
  child.once('close', over).once('error', over);
  return child;
}

/** One connection to the engine. Its error is an `SshError`. */
class SshConnection extends Duplex {
  readonly #child: Ssh;
  #idle: NodeJS.Timeout | undefined;

  /** @param onAnswer called when it is logged in, or has failed to: once or more */
  constructor(url: string, onAnswer: () => void) {
    super();
    const child = start(url);
    this.#child = child;
    const slow = setTimeout(onAnswer, LOGIN_MS).unref();
    const answered = () => {
      clearTimeout(slow);
      onAnswer();
    };
    child.stdout.once('data', answered);
    this.once('close', answered);
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    // Why it doesn't read any more is known when it has ended.
    child.stdin.on('error', () => {});
    this.#watchEnd();
  }

  #watchEnd(): void {
    let said = '';
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LONGEST_WORDS);
    });
    this.#child.once('error', (error: NodeJS.ErrnoException) => {
      this.destroy(error.code === 'ENOENT' ? new SshError('ENOSSH', NO_SSH) : error);
    });
    this.#child.once('close', (exitCode) => {
      if (exitCode === 0) this.push(null);
      else this.destroy(failed(said, exitCode));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#child.kill();
    done(error);
  }

  /** Nobody uses it: it keeps the process no longer from ending, and ends by itself. */
  unref(): void {
    this.#idle = setTimeout(() => this.destroy(), IDLE_MS).unref();
    this.#child.unref();
    for (const pipe of this.#child.stdio) if (pipe instanceof Socket) pipe.unref();
  }

  ref(): void {
    clearTimeout(this.#idle);
    this.#child.ref();
    for (const pipe of this.#child.stdio) if (pipe instanceof Socket) pipe.ref();
  }
}

declare module 'node:http' {
  interface Agent {
    /** How Node hands an agent its requests; its types lack it. */
    addRequest(request: ClientRequest, options: RequestOptions): void;
  }
}

/**
 * Connections of HTTP to the engine at `url`. One that has answered is used again; a request waits
 * for such a one while others log in, for a login takes longer than most answers.
 */
export class SshAgent extends Agent {
  readonly #url: string;
  readonly #waiting: [ClientRequest, RequestOptions][] = [];
  #loggingIn = 0;

  constructor(url: string) {
    super({ keepAlive: true });
    this.#url = url;
    this.on('free', () => this.#next());
  }

  override addRequest(request: ClientRequest, options: RequestOptions): void {
    this.#waiting.push([request, options]);
    this.#next();
  }

  #next(): void {
    while (this.#loggingIn < LOGINS_AT_ONCE || Object.keys(this.freeSockets).length > 0) {
      const [request, options] = this.#waiting.shift() ?? [];
      if (!request || !options) return;
      // Nobody waits any more for one that was given up.
      if (!request.destroyed) super.addRequest(request, options);
    }
  }

  override createConnection(): Duplex {
    this.#loggingIn += 1;
    let done = false;
    return new SshConnection(this.#url, () => {
      if (done) return;
      done = true;
      this.#loggingIn -= 1;
      this.#next();
    });
  }

  override keepSocketAlive(connection: Duplex): boolean {
    if (connection instanceof SshConnection) connection.unref();
    return true;
  }
}
