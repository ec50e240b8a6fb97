/** Where clients reach the servers of a topology, by the place that they run in. Pure. */
import { type Security, securityOf } from '../access/access.js';
import { urlOf } from '../access/url.js';
import { networkName, replicationNetworkName } from '../docker/names.js';
import { hostForContainers } from '../docker/subnets.js';
import { type EngineNode, subnetOf } from '../docker/topologies.js';
import { REDIS_PORT, UNLIMITED } from '../topology/topology.js';
import type { LiveTopology } from './live-topology.js';
import type { NodeStatus, StatusWish, TopologyStatus } from './status.js';

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Its password masked unless it is to be shown. */
  readonly url: string;
}

/** Where a client runs: on this host, in a container on the replication network, in one on any other. */
export const PLACES = ['host', 'sameNetwork', 'otherNetwork'] as const;
export type PlaceName = (typeof PLACES)[number];

/** Null where no address leads to it. */
export interface NodeAddresses extends Readonly<Record<PlaceName, Place | null>> {
  readonly name: string;
  /** As the server says; null if it could not be asked. */
  readonly role: NodeStatus['role'];
}

export interface AddressBook {
  readonly topology: string;
  /** The network that a container joins to be on the same. */
  readonly network: string;
  readonly security: Security;
  readonly nodes: readonly NodeAddresses[];
}

type Known = Pick<LiveTopology, 'name' | 'runtime' | 'access' | 'networks'> & {
  readonly nodes: readonly EngineNode[];
};

export function addressBook(
  known: Known,
  { nodes }: Pick<TopologyStatus, 'nodes'>,
  { showSecrets = false }: StatusWish = {},
): AddressBook {
  const control = subnetOf(known.networks, networkName(known.name));
  const place = (host: string, port: number): Place => ({
    host,
    port,
    url: urlOf(host, port, known.access, showSecrets),
  });
  return {
    topology: known.name,
    network: replicationNetworkName(known.name),
    security: securityOf(known.access),
    nodes: known.nodes.map((node) => {
      const { name, port, limits } = node;
      const outer = hostForContainers((limits ?? UNLIMITED).bind, control);
      return {
        name,
        role: nodes.find((it) => it.name === name)?.role ?? null,
        host: port === null ? null : place(known.runtime.publishedHost, port),
        sameNetwork: port === null ? null : place(name, REDIS_PORT),
        otherNetwork: port === null || outer === null ? null : place(outer, port),
      };
    }),
  };
}
