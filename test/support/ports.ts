import { createServer, type Server } from 'node:net';
import { docker } from './docker.js';

/**
 * Ports that tests publish on: below what Linux hands out by itself, so nobody gets one by chance.
 * Each of the processes that run files side by side has ports of its own. Their VITEST_POOL_ID is no
 * way to tell them apart: with projects in groups two at a time have the same (vitest 4.1).
 */
const EACH = 400;
const RANGES = 35;
const FIRST = 18_000 + EACH * (Number(process.env.VITEST_WORKER_ID ?? 0) % RANGES);
const LAST = FIRST + EACH - 1;

/** Listens on a port of the loopback address; rejects if it is taken. */
export function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });
}

export const close = (server: Server): Promise<void> =>
  new Promise((resolve) => server.close(() => resolve()));

export async function isFree(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return true;
  } catch {
    return false;
  }
}

/** By this process: tests of one file run beside each other too. */
const given = new Set<number>();

/** Ports of containers, also of those that don’t run; without an engine there are none. */
async function reserved(): Promise<ReadonlySet<number>> {
  const format = '{{.Label "dev.rrepl.port"}}';
  const labels = await docker('ps', '--all', '--format', format).catch(() => '');
  return new Set(labels.split('\n').map(Number));
}

/** The first of `count` ports in a row that were free a moment ago. */
export async function freePorts(count: number): Promise<number> {
  const taken = await reserved();
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if (ports.some((port) => taken.has(port) || given.has(port))) continue;
    const free = await Promise.all(ports.map(isFree));
    if (!free.every(Boolean) || ports.some((port) => given.has(port))) continue;
    for (const port of ports) given.add(port);
    return first;
  }
  throw new Error(`no ${count} free ports in a row between ${FIRST} and ${LAST}`);
}
