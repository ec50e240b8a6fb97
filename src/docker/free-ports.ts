/** Which ports of the host are taken, asked of the engine and of the host itself. */
import { createServer } from 'node:net';
import { nodeLabels } from './container-labels.js';
import { LABEL } from './labels.js';
import type { ContainerSummary, Runtime } from './runtime.js';

export interface TakenPort {
  readonly port: number;
  /** Who holds it, in words ("container web"), or null where nobody could tell. */
  readonly holder: string | null;
}

const MAX_PORT = 65_535;

export interface PortRange {
  readonly first: number;
  readonly count: number;
  readonly others?: readonly number[];
}

/**
 * Looks upward from `first` until `count` free ports are found, and returns the taken ones on the
 * way, and those of `others` that are taken. What the topology's own containers publish is neither.
 * The host is asked only where the engine's ports are this host's own.
 * @param containers all that the engine has
 */
export async function findTakenPorts(
  { publishedHost }: Pick<Runtime, 'publishedHost'>,
  containers: readonly ContainerSummary[],
  topology: string,
  { first, count, others = [] }: PortRange,
): Promise<TakenPort[]> {
  const held = portsHeldByOthers(containers, topology);
  const holders = new Map(held.map(({ port, holder }) => [port, holder]));
  const own = portsHeldBy(containers, topology);
  const local = publishedHost === '127.0.0.1';
  const isTaken = async (port: number) =>
    !own.has(port) && (holders.has(port) || (local && !(await isFree(port))));
  const taken = new Set<number>();
  for (const port of others) if (await isTaken(port)) taken.add(port);
  for (let port = first, free = 0; free < count && port <= MAX_PORT; port += 1) {
    if (await isTaken(port)) taken.add(port);
    else if (!own.has(port)) free += 1;
  }
  return [...taken].map((port) => ({ port, holder: holders.get(port) ?? null }));
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

/** Ports of the host that containers hold, stopped containers of other topologies included. */
function portsHeldByOthers(containers: readonly ContainerSummary[], topology: string): TakenPort[] {
  return containers
    .filter((container) => container.labels[LABEL.topology] !== topology)
    .flatMap((container) => {
      const reserved = nodeLabels(container.labels).port;
      const ports = reserved === null ? published(container) : [...published(container), reserved];
      return [...new Set(ports)].map((port) => ({ port, holder: `container ${container.name}` }));
    });
}

/** Ports that the topology's own containers publish now. */
const portsHeldBy = (
  containers: readonly ContainerSummary[],
  topology: string,
): ReadonlySet<number> =>
  new Set(containers.filter((it) => it.labels[LABEL.topology] === topology).flatMap(published));

const published = ({ ports }: ContainerSummary): number[] => ports.map(({ hostPort }) => hostPort);
