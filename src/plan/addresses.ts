/** Which subnet each new network gets, and which address each node has. Pure. */
import { networksOf } from '../docker/labels.js';
import { replicationNetworkName } from '../docker/names.js';
import { addressIn, freeSubnets, hostNumbers, SUBNETS } from '../docker/subnets.js';
import { type EngineTopology, replicationSubnet } from '../docker/topologies.js';
import type { Problem } from '../errors.js';
import type { Surroundings } from '../observe/observed.js';

export interface AddressChoice {
  /** Of the networks that are to be made. */
  readonly subnets: ReadonlyMap<string, string>;
  /** Of the replication network; null if an older rrepl has left that to the engine: then no address is fixed. */
  readonly subnet: string | null;
  /** Which of its hosts each node is. */
  readonly hosts: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

export function chooseAddresses(
  nodes: readonly string[],
  observed: EngineTopology & Pick<Surroundings, 'takenSubnets'>,
): AddressChoice {
  const { name } = observed;
  const missing = networksOf(name).filter((network) =>
    observed.networks.every((it) => it.name !== network),
  );
  const free = freeSubnets(missing.length, name, observed.takenSubnets);
  const subnets = new Map(missing.map((network, index) => [network, free?.[index] ?? '']));
  const held = [...observed.nodes, ...observed.sentinels].flatMap(({ name: node, hostNumber }) =>
    hostNumber === null ? [] : [[node, hostNumber] as const],
  );
  return {
    subnets,
    subnet: subnets.get(replicationNetworkName(name)) ?? replicationSubnet(observed),
    hosts: hostNumbers(nodes, new Map(held)),
    problems: free === null ? [{ source: `topology ${name}`, message: noneFree() }] : [],
  };
}

const noneFree = (): string =>
  `no subnet of ${SUBNETS} is free: networks of the engine or routes of this host take all of them`;

/** Of a node on the replication network; null where none is fixed. */
export function addressOf({ subnet, hosts }: AddressChoice, node: string): string | null {
  const host = hosts.get(node);
  return subnet === null || host === undefined ? null : addressIn(subnet, host);
}
