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
  /**
   * Port on the host: a stopped container publishes nothing, and must come back on the same one. On
   * the volume with its redis.conf: the port that the node was first made with.
   */
  port: 'dev.rrepl.port',
  /** The image by the name that was asked for. */
  image: 'dev.rrepl.image',
  /** What was asked of the container itself: what differs there needs another container. */
  wish: 'dev.rrepl.wish',
  /** The run that made it: a rollback removes only what its own run has made. */
  run: 'dev.rrepl.run',
  /** What its containers may do and use, as JSON: what isn't said later stays as it is. */
  containers: 'dev.rrepl.containers',
  /** When it may be pruned, as ISO 8601; absent for never. */
  expires: 'dev.rrepl.expires',
  /** Folder on the host given with --dir; absent for named volumes. */
  dir: 'dev.rrepl.dir',
  /** `files`: how to log in stands in files beside redis.conf. Absent: nobody has to. */
  access: 'dev.rrepl.access',
  /** `conf` or `data`, on volumes. */
  volume: 'dev.rrepl.volume',
} as const;

const projectLabels = (topology: string): Labels => ({
  [LABEL.topology]: topology,
  'com.docker.compose.project': `rrepl-${topology}`,
});

/** A short digest of what can't be changed on a container that exists; equal wishes give equal digests. */
export function wishDigest(topology: Topology): string {
  const wish = [topology.image, topology.dir, topology.containers];
  return createHash('sha256').update(JSON.stringify(wish)).digest('hex').slice(0, 16);
}

export function containerLabels(topology: Topology, node: TopologyNode, port: number): Labels {
  const wish = wishDigest(topology);
  return {
    ...projectLabels(topology.name),
    [LABEL.node]: node.name,
    [LABEL.port]: String(port),
    [LABEL.image]: topology.image,
    [LABEL.wish]: wish,
    [LABEL.containers]: JSON.stringify(topology.containers),
    ...(topology.dir === null ? {} : { [LABEL.dir]: topology.dir }),
    'com.docker.compose.service': node.name,
    'com.docker.compose.container-number': '1',
    'com.docker.compose.oneoff': 'False',
    // `docker compose ls` lists only projects whose containers carry this one.
    'com.docker.compose.config-hash': wish,
  };
}

export function networkLabels(topology: string, network: string): Labels {
  const short = network === networkName(topology) ? 'control' : 'replication';
  return { ...projectLabels(topology), 'com.docker.compose.network': short };
}

export function volumeLabels(
  topology: string,
  node: string,
  role: VolumeRole,
  port: number,
): Labels {
  return {
    ...projectLabels(topology),
    [LABEL.node]: node,
    [LABEL.volume]: role,
    ...(role === 'conf' ? { [LABEL.port]: String(port) } : {}),
    'com.docker.compose.volume': `${node}-${role}`,
  };
}

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
