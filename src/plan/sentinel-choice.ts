/** What is decided for all sentinels before a step is planned: ports, addresses, what differs. Pure. */
import type { PortRange } from '../docker/free-ports.js';
import type { EngineNode } from '../docker/topologies.js';
import type { Note, Problem } from '../errors.js';
import type { Observed, ObservedForWish } from '../observe/observed.js';
import type { Topology } from '../topology/topology.js';
import { type AddressChoice, addressOf, otherHostsOf } from './addresses.js';
import { candidates, choosePorts, knownPorts } from './ports.js';
import { type SentinelWork, sentinelChange } from './sentinel-work.js';
import type { Wanted } from './wanted.js';

/** As far from the servers' ports as 26379 is from 6379. */
const APART = 20_000;
const HIGHEST_FIRST = 65_000;

/** The sentinels as ports are chosen for them: with the first one where servers' ports tell. */
function asNodes(topology: Topology): Topology {
  const { first } = topology.port;
  const nodes = topology.sentinels?.nodes ?? [];
  return {
    ...topology,
    nodes: nodes.map((it) => ({ ...it, upstream: null })),
    port: { first: first + APART > HIGHEST_FIRST ? first - APART : first + APART, asked: false },
  };
}

/** What is to be looked at before their ports are chosen; null without sentinels. */
export const sentinelPorts = (topology: Topology, { sentinels }: Observed): PortRange | null =>
  topology.sentinels === null
    ? null
    : candidates(asNodes(topology), knownPorts({ nodes: sentinels }));

export interface SentinelChoice {
  readonly works: readonly SentinelWork[];
  /** Those that are there and wanted no more. */
  readonly leaving: readonly EngineNode[];
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
}

export function chooseSentinels(
  { topology, access }: Wanted,
  observed: ObservedForWish,
  addresses: AddressChoice,
): SentinelChoice {
  const nodes = topology.sentinels?.nodes ?? [];
  const leaving = observed.sentinels.filter(({ name }) => nodes.every((it) => it.name !== name));
  if (nodes.length === 0) return { works: [], leaving, problems: [], notes: [] };
  const known = knownPorts({ nodes: observed.sentinels });
  const { ports, ...choice } = choosePorts(asNodes(topology), known, observed.takenPorts);
  const works = nodes.map((node): SentinelWork => {
    const existing = observed.sentinels.find(({ name }) => name === node.name);
    const port = ports.get(node.name) ?? 0;
    return {
      topology,
      access,
      node,
      port,
      host: addresses.hosts.get(node.name) ?? null,
      address: addressOf(addresses, node.name) ?? '',
      otherHosts: otherHostsOf(topology, addresses, addressOf(addresses, node.name)),
      existing,
      change: sentinelChange(topology, node, existing, port),
      observed,
      user: topology.dir === null ? null : observed.owner,
    };
  });
  const problems = [...choice.problems, ...addressProblems(topology, observed, addresses)];
  return { works, leaving, problems, notes: choice.notes };
}

/** Sentinels speak addresses alone, and one that changes with every start would be another node's. */
function addressProblems(
  { name, nodes, sentinels }: Topology,
  observed: ObservedForWish,
  addresses: AddressChoice,
): Problem[] {
  const all = [...nodes, ...(sentinels?.nodes ?? [])].map((it) => it.name);
  const unfixed = observed.nodes.filter(
    ({ container, fixedAddress, name: node }) =>
      container !== null && fixedAddress === null && all.includes(node),
  );
  if (addresses.subnet !== null && unfixed.length === 0) return [];
  const message = 'sentinels need servers with fixed addresses, and these were made without';
  const about = { code: 'addresses-change', topology: name } as const;
  return [{ source: `topology ${name}`, message, about }];
}
