/** Which ports of the host are taken, asked of the engine and of the host itself. */
import { createServer } from 'node:net';
import type { TakenPort } from './observe.js';
import { portsHeldByContainers } from './observe.js';
import type { Runtime } from './runtime.js';

const MAX_PORT = 65_535;

/**
 * Looks upward from `first` until `count` free ports are found, and returns the taken ones
 * on the way. The host is asked only where the engine's ports are this host's own.
 */
export async function findTakenPorts(
  runtime: Runtime,
  topology: string,
  first: number,
  count: number,
): Promise<TakenPort[]> {
  const held = await portsHeldByContainers(runtime, topology);
  const holders = new Map(held.map(({ port, holder }) => [port, holder]));
  const local = runtime.publishedHost === '127.0.0.1';
  const taken: TakenPort[] = [];
  for (let port = first, free = 0; free < count && port <= MAX_PORT; port += 1) {
    if (holders.has(port)) taken.push({ port, holder: holders.get(port) ?? null });
    else if (local && !(await isFree(port))) taken.push({ port, holder: null });
    else free += 1;
  }
  return taken;
}

/** Free means that a server can listen on it right now. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
