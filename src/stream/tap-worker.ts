/** The worker of `reader.ts`: tells its parent what it receives, and is told what was taken off. */
import { parentPort, workerData } from 'node:worker_threads';
import { type DrainEvent, drain } from './drain.js';

const tell = (event: DrainEvent) =>
  parentPort?.postMessage(event, event.type === 'piece' ? [event.bytes.buffer as ArrayBuffer] : []);

const { taken } = drain(workerData.place, workerData.past, tell);
parentPort?.on('message', taken);
