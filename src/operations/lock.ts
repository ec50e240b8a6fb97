/**
 * Who changes a topology is alone with it: two operations at once would each act on what the other
 * is about to change. A lock is a socket that its process listens on, so the kernel ends it with
 * the process, however that ends; whoever connects to it learns who is at work, and notices when
 * that is over. It holds on this machine. What is changed from another one shows where a
 * redis.conf is written: only over the text that was read.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bounded } from '../docker/call.js';
import type { Runtime } from '../docker/runtime.js';
import { FailedError } from '../errors.js';
import { duration, printable } from '../format.js';
import { Deadline } from '../redis/wait.js';
import { sleep } from '../sleep.js';
import type { Engine } from './operation.js';
import type { Run } from './run.js';

/** Lets the next command begin. */
export type Release = () => Promise<void>;

const WAIT_MS = 60_000;
/** Between two attempts where there is nobody to wait for. */
const RETRY_MS = 50;
/** Of what a holder says about itself. */
const MAX_WORDS = 200;

/** Whom a lock is taken for; where there is no deadline it waits a minute. */
type Waiting = Pick<Run, 'signal' | 'emit'> &
  Partial<Run> & {
    /** What is not so if the engine never answers: `shop is not up`. */
    readonly what?: string;
  };

/** Works while no other operation on this machine changes the topology. */
export async function alone<T>(
  engine: Engine,
  topology: string,
  run: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  const release = await takeLock(engine, topology, run);
  try {
    return await work();
  } finally {
    await release();
  }
}

/**
 * Waits for the operation that is at work, and says so by an event. Rejects with a
 * `DeadlineError` that names it, or with the signal's reason.
 */
export function takeLock(
  engine: Engine,
  topology: string,
  { signal, emit, deadline = new Deadline(WAIT_MS), what }: Waiting,
): Promise<Release> {
  let holder: string | null = null;
  const time = duration(deadline.ms);
  const unanswered = what === undefined ? '' : `${what} after ${time}: `;
  const onHolder = (words: string) => {
    holder = words;
    emit({ type: 'waiting', topology, holder });
  };
  const bounds = {
    deadlineMs: deadline.remainingMs(),
    signals: [signal],
    overdue: () =>
      holder === null
        ? `${unanswered}the engine did not answer within ${time}`
        : `${holder} is at work on ${topology}, and was not done after ${time}; nothing was changed`,
    about: () => (holder === null ? undefined : ({ code: 'busy', topology, holder } as const)),
  };
  return bounded(bounds, async ({ signal: ended }) => {
    const path = await socketPath(await engine.connectRuntime(ended), topology);
    for (;;) {
      const release = await listenOn(path, engine.caller);
      if (release !== null && ended.aborted) await release();
      ended.throwIfAborted();
      if (release !== null) return release;
      await untilFree(path, ended, onHolder);
    }
  });
}

/**
 * Names the engine itself: it may be reached by several addresses. Linux and Windows have sockets
 * that are no files; elsewhere one is left by a process that was killed, and removed by the next.
 */
async function socketPath(runtime: Runtime, topology: string): Promise<string> {
  const { id } = await runtime.host();
  const digest = createHash('sha256').update(`${id}\n${topology}`).digest('hex').slice(0, 32);
  if (process.platform === 'linux') return `\0rrepl-${digest}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\rrepl-${digest}`;
  return join(tmpdir(), `rrepl-${digest}.sock`);
}

/** Null if another one listens there. The lock keeps no process alive. */
function listenOn(path: string, caller: string): Promise<Release | null> {
  const begunAt = performance.now();
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    const forTime = duration(performance.now() - begunAt);
    waiting.add(socket.unref());
    socket.on('error', () => {}).on('close', () => waiting.delete(socket));
    socket.resume().write(`${caller} (pid ${process.pid}, for ${forTime})`);
  });
  const release = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of waiting) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(new FailedError(`no lock could be made: ${error.message}`, { cause: error }));
    });
    server.listen(path, () => resolve(release)).unref();
  });
}

/** Resolves when the holder has let go or is gone, rejects with the signal's reason. */
async function untilFree(
  path: string,
  signal: AbortSignal,
  onHolder: (words: string) => void,
): Promise<void> {
  const refused = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const socket = connect(path);
    const stop = () => socket.destroy();
    let trouble: NodeJS.ErrnoException | null = null;
    signal.addEventListener('abort', stop);
    socket.setEncoding('utf8');
    socket.once('data', (text: string) => onHolder(printable(text.slice(0, MAX_WORDS))));
    socket.on('error', (error) => {
      trouble = error;
    });
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      resolve(trouble);
    });
  });
  signal.throwIfAborted();
  if (refused === null) return;
  if (refused.code === 'ECONNREFUSED' && path.startsWith(tmpdir())) await rm(path, { force: true });
  await sleep(RETRY_MS, signal);
}
