/** Which port of the host each new node gets. */
import { recordIn } from '../config/wish-record.js';
import type { PortRange, TakenPort } from '../docker/free-ports.js';
import type { EngineNode } from '../docker/topologies.js';
import type { Note, Problem } from '../errors.js';
import type { ObservedNode } from '../observe/observed.js';
import type { Topology } from '../topology/topology.js';

export interface PortChoice {
  readonly ports: ReadonlyMap<string, number>;
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}

const MAX_PORT = 65_535;

/** Where the nodes of a topology are published, or were. */
export interface KnownPorts {
  /** Of containers that were started once: clients know them, so they stay. */
  readonly held: ReadonlyMap<string, number>;
  /** Of the other nodes, as they were the last time. */
  readonly had: ReadonlyMap<string, number>;
}

/** Without a redis.conf only what the engine says is known. */
type Published = EngineNode & Partial<Pick<ObservedNode, 'config'>>;

/** A volume says only where its node began; its redis.conf, once it can be read, where it was last. */
export function knownPorts({ nodes }: { readonly nodes: readonly Published[] }): KnownPorts {
  const held = new Map<string, number>();
  const had = new Map<string, number>();
  for (const { name, container, port, firstPort, config } of nodes) {
    const recorded = config ? recordIn(config).port : null;
    const last = recorded ?? port ?? firstPort;
    if (container !== null && container.state !== 'created' && port !== null) held.set(name, port);
    else if (last !== null) had.set(name, last);
  }
  return { held, had };
}

/** What is to be looked at before `choosePorts` chooses. */
export const candidates = (topology: Topology, known: KnownPorts): PortRange => ({
  first: firstPort(topology, known),
  count: topology.nodes.length,
  others: [...known.had.values()],
});

/** Where the topology's ports begin: as its nodes show it, else as it is wished. Ports give way upward only. */
function firstPort({ nodes, port }: Topology, { held, had }: KnownPorts): number {
  const known = held.size > 0 ? held : port.asked ? [] : had;
  const firsts = [...known].flatMap(([name, its]) => {
    const place = placeOf(name, nodes);
    return place === -1 ? [] : [Math.max(1, its - place)];
  });
  return firsts.length > 0 ? Math.min(...firsts) : port.first;
}

/** A name of ours tells the place, also once a failover has put another node first. */
function placeOf(node: string, nodes: Topology['nodes']): number {
  const number = /^redis-([1-9]\d?)$/.exec(node)?.[1];
  return number === undefined ? nodes.findIndex(({ name }) => name === node) : Number(number) - 1;
}

/**
 * An asked-for port is taken as it is, or is a problem; a default one gives way to the next
 * that is free. A container keeps its port, and a node that is made again gets the one it had,
 * unless another is asked for and no container is there.
 */
export function choosePorts(
  topology: Topology,
  known: KnownPorts,
  taken: readonly TakenPort[],
): PortChoice {
  const { held, had } = known;
  const holders = new Map(taken.map(({ port, holder }) => [port, holder]));
  const ports = new Map(held);
  const notes: Note[] = [];
  const moves: string[] = [];
  const problems: Problem[] = [];
  const first = firstPort(topology, known);
  const asked = topology.port.asked && first === topology.port.first;
  if (topology.port.asked && !asked) {
    notes.push({
      text: `the nodes keep the ports they have, ${Math.min(...held.values())} and up`,
      about: { code: 'ports-stay', topology: topology.name },
    });
  }
  const isFresh = held.size === 0 && (asked || had.size === 0);
  const missing = topology.nodes.filter(({ name }) => !held.has(name));
  for (const { name } of missing) {
    const before = had.get(name);
    const others = missing.flatMap((it) => (it.name === name ? [] : (had.get(it.name) ?? [])));
    const used = new Set([...ports.values(), ...(isFresh ? [] : others)]);
    const index = topology.nodes.findIndex((it) => it.name === name);
    const place = first + (isFresh ? index : placeOf(name, topology.nodes));
    const wanted = isFresh ? place : (before ?? place);
    const isAsked = asked && wanted === place && !used.has(wanted);
    const port = isAsked ? wanted : nextFree(wanted, holders, used);
    if (port === null || (isAsked && holders.has(port))) {
      problems.push({ source: 'port', message: takenMessage(wanted, name, holders) });
      continue;
    }
    if (port !== wanted && holders.has(wanted)) {
      const by = holders.get(wanted);
      notes.push({
        text: `port ${wanted} is taken${by ? ` by ${by}` : ''}: ${name} is published on ${port}`,
      });
    } else if (before !== undefined && port !== before) {
      moves.push(`${name} moves from port ${before} to ${port}`);
    }
    ports.set(name, port);
  }
  return {
    ports,
    notes: moves.length > 0 ? [...notes, { text: moves.join(', ') }] : notes,
    problems,
  };
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
  return `port ${port}, wanted for ${node}, is taken${by ? ` by ${by}` : ''}; choose another, or leave it out to get the next free one`;
}
