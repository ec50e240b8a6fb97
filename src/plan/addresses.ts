/** Which subnet each new network gets, and which address each node has. Pure. */
import { networksOf } from '../docker/labels.js';
import { networkName, replicationNetworkName } from '../docker/names.js';
import { type EngineTopology, subnetOf } from '../docker/topologies.js';
import type { Problem } from '../errors.js';
import type { Surroundings } from '../observe/observed.js';
import { addressIn, freeSubnets, hostForContainers, hostNumbers } from '../topology/subnets.js';
import type { Topology } from '../topology/topology.js';

export interface AddressChoice {
  /** Of the networks that are to be made. */
  readonly subnets: ReadonlyMap<string, string>;
  /** Of the replication network; null if an older rrepl has left that to the engine: then no address is fixed. */
  readonly subnet: string | null;
  /** The same of the control network. */
  readonly control: string | null;
  /** Which of its hosts each node is. */
  readonly hosts: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

export function chooseAddresses(
  { subnets: range }: Pick<Topology, 'subnets'>,
  nodes: readonly string[],
  observed: EngineTopology & Pick<Surroundings, 'takenSubnets'>,
): AddressChoice {
  const { name } = observed;
  const missing = networksOf(name).filter((network) =>
    observed.networks.every((it) => it.name !== network),
  );
  const free = freeSubnets(missing.length, name, observed.takenSubnets, range);
  const subnets = new Map(missing.map((network, index) => [network, free?.[index] ?? '']));
  const subnetFor = (network: string) =>
    subnets.get(network) ?? subnetOf(observed.networks, network);
  const held = [...observed.nodes, ...observed.sentinels].flatMap(({ name: node, hostNumber }) =>
    hostNumber === null ? [] : [[node, hostNumber] as const],
  );
  return {
    subnets,
    subnet: subnetFor(replicationNetworkName(name)),
    control: subnetFor(networkName(name)),
    hosts: hostNumbers(nodes, new Map(held)),
    problems: free === null ? [{ source: `topology ${name}`, message: noneFree(range) }] : [],
  };
}

const noneFree = (range: string): string =>
  `no subnet of ${range} is free: networks of the engine or routes of this host take all of them`;

/** Of a node on the replication network; null where none is fixed. */
export function addressOf({ subnet, hosts }: AddressChoice, node: string): string | null {
  const host = hosts.get(node);
  return subnet === null || host === undefined ? null : addressIn(subnet, host);
}

/** What clients call a node with this address beside its name and this machine's. */
export function otherHostsOf(
  { containers }: Topology,
  { control }: AddressChoice,
  address: string | null,
): readonly string[] {
  const outer = hostForContainers(containers.bind, control);
  return [address, outer].filter((it) => it !== null);
}
