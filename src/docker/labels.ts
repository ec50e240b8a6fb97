/**
 * The labels that make a container, network or volume ours, and Compose's, so that Docker
 * Desktop and `docker compose ls` show a topology as one group. No secret ever goes in here.
 */
import { createHash } from 'node:crypto';
import type { Topology, TopologyNode } from '../topology/topology.js';
import { networkName, replicationNetworkName, type VolumeRole, volumeName } from './names.js';
import type { Labels } from './runtime.js';

export const LABEL = {
  topology: 'dev.rrepl.topology',
  node: 'dev.rrepl.node',
  /** How to read the others; absent for 1. */
  version: 'dev.rrepl.labels',
  /**
   * Port on the host: a stopped container publishes nothing, and must come back on the same one. On
   * the volume with its redis.conf: the port that the node was first made with.
   */
  port: 'dev.rrepl.port',
  /** The image by the name that was asked for. */
  image: 'dev.rrepl.image',
  /** The run that made it: a rollback removes only what its own run has made. */
  run: 'dev.rrepl.run',
  /** What its containers may do and use, as JSON: what isn't said later stays as it is. */
  containers: 'dev.rrepl.containers',
  /** On a network: the subnet that rrepl chose for it; absent where the engine chose. */
  subnet: 'dev.rrepl.subnet',
  /** Which host of the replication network's subnet the node is; absent: the engine finds it an address at every start. */
  host: 'dev.rrepl.host',
  /** When it may be pruned, as ISO 8601; absent for never. */
  expires: 'dev.rrepl.expires',
  /** Folder on the host given with --dir; absent for named volumes. */
  dir: 'dev.rrepl.dir',
  /** `files`: how to log in stands in files beside redis.conf. Absent: nobody has to. */
  access: 'dev.rrepl.access',
  /** `sentinel` on what is a sentinel's; absent for a server. */
  kind: 'dev.rrepl.kind',
  /** `conf` or `data`, on the volumes of nodes; `authority`. */
  volume: 'dev.rrepl.volume',
  /** What `down` kept, as JSON (`src/live/kept.ts`), on a volume that holds nothing. */
  record: 'dev.rrepl.record',
  /** The node whose data are read, on a container that helps for a moment. */
  lone: 'dev.rrepl.lone',
} as const;

/**
 * Raised where an older rrepl would read them wrongly. What is new in them and absent means what
 * held before it was there, so it raises nothing and changes no container.
 */
export const LABELS_VERSION = 2;

/** Those of servers are as they were; an rrepl that knows no sentinels would take one for a server. */
const VERSION_OF = { server: 1, sentinel: 2 } as const;

export type NodeKind = keyof typeof VERSION_OF;

const projectLabels = (topology: string): Labels => ({
  [LABEL.topology]: topology,
  'com.docker.compose.project': `rrepl-${topology}`,
});

/** For Compose alone: rrepl compares the labels one by one. */
function composeHash(topology: Topology): string {
  const wish = [topology.image, topology.dir, topology.containers];
  return createHash('sha256').update(JSON.stringify(wish)).digest('hex').slice(0, 16);
}

const kindLabel = (kind: NodeKind): Labels => (kind === 'server' ? {} : { [LABEL.kind]: kind });

export interface NodePlace {
  /** On the host. */
  readonly port: number;
  /** Among the hosts of the replication network's subnet; null for none of its own. */
  readonly host: number | null;
}

export function containerLabels(
  topology: Topology,
  node: Pick<TopologyNode, 'name'>,
  { port, host }: NodePlace,
  kind: NodeKind = 'server',
): Labels {
  return {
    ...projectLabels(topology.name),
    ...kindLabel(kind),
    [LABEL.node]: node.name,
    [LABEL.version]: String(VERSION_OF[kind]),
    [LABEL.port]: String(port),
    ...(host === null ? {} : { [LABEL.host]: String(host) }),
    [LABEL.image]: topology.image,
    [LABEL.containers]: JSON.stringify(topology.containers),
    ...(topology.dir === null ? {} : { [LABEL.dir]: topology.dir }),
    'com.docker.compose.service': node.name,
    'com.docker.compose.container-number': '1',
    'com.docker.compose.oneoff': 'False',
    // `docker compose ls` lists only projects whose containers carry this one.
    'com.docker.compose.config-hash': composeHash(topology),
  };
}

export function networkLabels(topology: string, network: string, subnet: string): Labels {
  const short = network === networkName(topology) ? 'control' : 'replication';
  return {
    ...projectLabels(topology),
    [LABEL.subnet]: subnet,
    'com.docker.compose.network': short,
  };
}

export function volumeLabels(
  topology: string,
  node: string,
  role: VolumeRole,
  port: number,
  kind: NodeKind = 'server',
): Labels {
  return {
    ...projectLabels(topology),
    ...kindLabel(kind),
    [LABEL.node]: node,
    [LABEL.volume]: role,
    ...(role === 'conf' ? { [LABEL.port]: String(port) } : {}),
    'com.docker.compose.volume': `${node}-${role}`,
  };
}

/** The volume whose label says what `down` kept; it expires with the rest. */
export const recordLabels = (topology: string, record: string, expires: Labels): Labels => ({
  ...projectLabels(topology),
  ...expires,
  [LABEL.record]: record,
});

export const authorityLabels = (topology: string): Labels => ({
  ...projectLabels(topology),
  [LABEL.volume]: 'authority',
  'com.docker.compose.volume': 'authority',
});

export const networksOf = (topology: string): readonly [string, string] => [
  networkName(topology),
  replicationNetworkName(topology),
];

interface NamedVolume {
  readonly name: string;
  readonly role: VolumeRole;
}

/** Configuration and data of a node, in this order. */
export const volumesOf = (
  topology: string,
  node: string,
): readonly [conf: NamedVolume, data: NamedVolume] => [
  { name: volumeName(topology, node, 'conf'), role: 'conf' },
  { name: volumeName(topology, node, 'data'), role: 'data' },
];
