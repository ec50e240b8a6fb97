/**
 * Drains a stream in a worker thread: however busy this one is, the server's buffer is emptied. What
 * a killed server's kernel still held unread would be lost with its container.
 */
import { Worker } from 'node:worker_threads';
import { type Drain, type DrainEvent, drain, type Past } from './drain.js';
import type { StreamPlace } from './wire.js';

export type OpenReader = (
  place: StreamPlace,
  past: Past,
  tell: (event: DrainEvent) => void,
) => Drain;

/** Beside the bundle: see build.mjs. */
const WORKER = new URL('./tap-worker.js', import.meta.url);

/** In sources that are not bundled there is no worker to be loaded: there this thread drains. */
const IS_BUNDLED = !import.meta.url.endsWith('.ts');

export const openReader: OpenReader = (...args) => (IS_BUNDLED ? readInWorker : drain)(...args);

const readInWorker: OpenReader = (place, past, tell) => {
  const worker = new Worker(WORKER, { workerData: { place, past } });
  let ended = false;
  const end = (reason: string) => {
    if (!ended) tell({ type: 'ended', reason });
    ended = true;
    void worker.terminate();
  };
  worker.on('message', (event: DrainEvent) => {
    if (event.type === 'ended') end(event.reason);
    else if (!ended) tell(event);
  });
  worker.on('error', (error) => end(error.message));
  return {
    taken: (bytes) => worker.postMessage(bytes),
    close: () => end('closed'),
  };
};
