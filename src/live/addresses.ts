/** Where clients reach the servers of a topology, by the place that they run in. Pure. */
import { type Access, type Security, securityOf } from '../access/access.js';
import { urlOf } from '../access/url.js';
import { SENTINEL_PORT } from '../config/sentinel-conf.js';
import { networkName, replicationNetworkName } from '../docker/names.js';
import { type EngineNode, subnetOf } from '../docker/topologies.js';
import { hostForContainers } from '../topology/subnets.js';
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
export interface Reach extends Readonly<Record<PlaceName, Place | null>> {
  readonly name: string;
}

export interface NodeAddresses extends Reach {
  /** As the server says; null if it could not be asked. */
  readonly role: NodeStatus['role'];
}

/** From the `ip:port` that sentinels name to where that is reached from another place. */
export type AddressMap = Readonly<Record<string, Pick<Place, 'host' | 'port'>>>;

export interface AddressBook {
  readonly topology: string;
  /** The network that a container joins to be on the same. */
  readonly network: string;
  readonly security: Security;
  readonly nodes: readonly NodeAddresses[];
  /** Absent where there are none. */
  readonly sentinels?: readonly Reach[];
  /** What sentinels call the master, and what clients make of the addresses that they name; absent without them. */
  readonly masterName?: string;
  readonly maps?: Readonly<Record<'host' | 'otherNetwork', AddressMap | null>>;
}

type Known = Pick<LiveTopology, 'name' | 'runtime' | 'access' | 'networks'> & {
  readonly nodes: readonly EngineNode[];
  readonly sentinels: readonly EngineNode[];
};

export function addressBook(
  known: Known,
  { nodes: asked }: Pick<TopologyStatus, 'nodes'>,
  { showSecrets = false }: StatusWish = {},
): AddressBook {
  const { name: topology, access, sentinels } = known;
  const book = {
    topology,
    network: replicationNetworkName(topology),
    security: securityOf(access),
    nodes: known.nodes.map((node) => ({
      ...reach(known, node, REDIS_PORT, access, showSecrets),
      role: asked.find((it) => it.name === node.name)?.role ?? null,
    })),
  };
  if (sentinels.length === 0) return book;
  const login = access && { ...access, login: access.login && { ...access.login, user: null } };
  const watching = sentinels.map((it) => reach(known, it, SENTINEL_PORT, login, showSecrets));
  const all = [...book.nodes, ...watching];
  const maps = { host: mapTo(all, 'host'), otherNetwork: mapTo(all, 'otherNetwork') };
  return { ...book, sentinels: watching, masterName: topology, maps };
}

/** @param port that it listens on inside its container */
function reach(
  known: Known,
  { name, port: published, limits, fixedAddress }: EngineNode,
  port: number,
  access: Access | null,
  showSecrets: boolean,
): Reach {
  if (published === null) return { name, host: null, sameNetwork: null, otherNetwork: null };
  const place = (host: string, at: number): Place => ({
    host,
    port: at,
    url: urlOf(host, at, access, showSecrets),
  });
  const control = subnetOf(known.networks, networkName(known.name));
  const outer = hostForContainers((limits ?? UNLIMITED).bind, control);
  // Where sentinels name addresses, so does everybody.
  const own = known.sentinels.length > 0 ? (fixedAddress ?? name) : name;
  return {
    name,
    host: place(known.runtime.publishedHost, published),
    sameNetwork: place(own, port),
    otherNetwork: outer === null ? null : place(outer, published),
  };
}

function mapTo(all: readonly Reach[], to: 'host' | 'otherNetwork'): AddressMap | null {
  const entries = all.flatMap(({ sameNetwork, [to]: there }) =>
    sameNetwork === null || there === null
      ? []
      : [[addressText(sameNetwork), { host: there.host, port: there.port }] as const],
  );
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

export const addressText = ({ host, port }: Pick<Place, 'host' | 'port'>): string =>
  `${host}:${port}`;
