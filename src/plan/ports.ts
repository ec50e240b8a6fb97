/** Which port of the host each new node gets. */
import type { TakenPort } from '../docker/observe.js';
import type { Problem } from '../errors.js';
import type { Topology } from '../topology/topology.js';

export interface PortChoice {
  readonly ports: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

const MAX_PORT = 65_535;

/**
 * An asked-for port is taken as it is, or is a problem; a default one gives way to the next
 * that is free. Nodes that exist keep the port they have (`kept`).
 */
export function choosePorts(
  topology: Topology,
  kept: ReadonlyMap<string, number>,
  taken: readonly TakenPort[],
): PortChoice {
  const holders = new Map(taken.map(({ port, holder }) => [port, holder]));
  const used = new Set(kept.values());
  const ports = new Map(kept);
  const notes: string[] = [];
  const problems: Problem[] = [];
  const lowest = Math.min(...used);
  if (topology.port.asked && kept.size > 0 && lowest !== topology.port.first) {
    notes.push(
      `the nodes keep the ports they have, ${lowest} and up: to move them, \`rrepl down --name ${topology.name}\` comes first`,
    );
  }
  topology.nodes.forEach((node, index) => {
    if (ports.has(node.name)) return;
    const wanted = topology.port.first + index;
    const asked = topology.port.asked && !used.has(wanted);
    const port = asked ? wanted : nextFree(wanted, holders, used);
    if (port === null || (topology.port.asked && holders.has(port))) {
      problems.push({ source: '--port', message: takenMessage(wanted, node.name, holders) });
      return;
    }
    if (port !== wanted && holders.has(wanted)) {
      const by = holders.get(wanted);
      notes.push(
        `port ${wanted} is taken${by ? ` by ${by}` : ''}: ${node.name} is published on ${port}`,
      );
    }
    ports.set(node.name, port);
    used.add(port);
  });
  return { ports, notes, problems };
}

function nextFree(
  from: number,
  holders: ReadonlyMap<number, string | null>,
  used: ReadonlySet<number>,
): number | null {
  for (let port = from; port <= MAX_PORT; port += 1) {
    if (!holders.has(port) && !used.has(port)) return port;
  }
  return null;
}

function takenMessage(
  port: number,
  node: string,
  holders: ReadonlyMap<number, string | null>,
): string {
  const by = holders.get(port);
  return `port ${port}, wanted for ${node}, is taken${by ? ` by ${by}` : ''}; choose another with --port, or leave it out to get the next free one`;
}
