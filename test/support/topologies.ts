/** Topologies, and what an engine shows of them, to plan with. */
import { readFileSync } from 'node:fs';
import type { Access } from '../../src/access/access.js';
import { nodeLabels } from '../../src/docker/container-labels.js';
import {
  containerLabels,
  LABEL,
  networkLabels,
  networksOf,
  volumeLabels,
  volumesOf,
} from '../../src/docker/labels.js';
import { containerName, networkName, replicationNetworkName } from '../../src/docker/names.js';
import type { ContainerSpec, ContainerSummary } from '../../src/docker/runtime.js';
import type { EngineNode, EngineTopology } from '../../src/docker/topologies.js';
import { imageOf } from '../../src/observe/nodes.js';
import type { ObservedForWish, ObservedNode } from '../../src/observe/observed.js';
import { healRoles } from '../../src/plan/heal-roles.js';
import { nodeConf } from '../../src/plan/node-change.js';
import type { Plan } from '../../src/plan/plan.js';
import { reconcile } from '../../src/plan/reconcile.js';
import type { DiskFacts } from '../../src/psync/disk.js';
import { parseInfo } from '../../src/redis/info.js';
import { parseReplication } from '../../src/redis/replication-info.js';
import { addressIn, SUBNETS } from '../../src/topology/subnets.js';
import { REDIS_PORT, type Topology, type TopologyNode } from '../../src/topology/topology.js';
import { ID, info } from './fake-redis.js';
import { REDIS_IMAGE } from './fake-runtime.js';

export const TEMPLATE = readFileSync(
  new URL('../../templates/redis.conf', import.meta.url),
  'utf8',
);

export const CONTAINERS = {
  restart: 'no',
  memoryBytes: null,
  cpus: null,
  bind: '127.0.0.1',
} as const;

/** `redis-1` and its replicas, or the nodes given as `[name, upstream]`. */
export function topology(wish: Partial<Topology> & { replicas?: number } = {}): Topology {
  const { replicas = 2, ...rest } = wish;
  const names = Array.from({ length: replicas + 1 }, (_, index) => `redis-${index + 1}`);
  return {
    name: 'demo',
    image: 'redis:6.0',
    nodes: names.map((name, index) => node(name, index === 0 ? null : 'redis-1')),
    sentinels: null,
    port: { first: 6381, asked: false },
    containers: CONTAINERS,
    subnets: SUBNETS,
    expires: null,
    dir: null,
    security: {},
    template: TEMPLATE,
    ...rest,
  };
}

export const node = (name: string, upstream: string | null): TopologyNode => ({
  name,
  upstream,
  directives: [],
});

/** redis-1 <- redis-2 <- … */
export const chain = (length: number): readonly TopologyNode[] =>
  Array.from({ length }, (_, index) =>
    node(`redis-${index + 1}`, index === 0 ? null : `redis-${index}`),
  );

/** An engine that has the image and nothing else. */
export const nothing = (
  wanted: Topology,
  more: Partial<ObservedForWish> = {},
): ObservedForWish => ({
  name: wanted.name,
  nodes: [],
  sentinels: [],
  strays: [],
  networks: [],
  volumes: [],
  record: null,
  image: REDIS_IMAGE,
  imageServer: null,
  takenPorts: [],
  takenSubnets: [],
  foreign: [],
  sharers: [],
  setAside: new Set(),
  access: null,
  folders: new Set(),
  unmakeable: null,
  owner: null,
  ...more,
});

export interface Decided {
  /** How the servers are to be reached; as they are unless it is said. */
  readonly access?: Access | null | undefined;
  /** The node that the user chose. */
  readonly master?: string;
}

/** The plan of `up`, once the image is there. */
export const planOf = (
  topology: Topology,
  observed: ObservedForWish,
  { access = observed.access, master }: Decided = {},
): Plan => {
  const roles = healRoles(observed.nodes, master);
  return reconcile({ topology, roles, access }, observed, { pulled: true });
};

/** What is different with a node that is there: a part of its container, or null if that is gone. */
export type Changes = Readonly<Record<string, Partial<ContainerSummary> | null>>;

/**
 * An engine on which the topology is up, servers and files as wished, but for the changes.
 * `roles` are upstreams that servers and files have instead. What is down has saved its data.
 */
export function isUp(
  wanted: Topology,
  changes: Changes = {},
  roles: Readonly<Record<string, string | null>> = {},
): ObservedForWish {
  const seen = engineTopology(wanted, changes);
  const nodes = seen.nodes.map((it) => {
    const { upstream } = wanted.nodes.find(({ name }) => name === it.name) ?? { upstream: null };
    return observedNode(wanted, it, it.name in roles ? (roles[it.name] ?? null) : upstream);
  });
  return { ...nothing(wanted), ...seen, nodes };
}

function observedNode(wanted: Topology, node: EngineNode, upstream: string | null): ObservedNode {
  const { name, state } = node;
  const text = info(upstream === null ? {} : { upstream });
  const server = {
    replication: parseReplication(parseInfo(text)),
    software: { product: 'redis', version: '6.0.16' } as const,
    minReplicasToWrite: '0',
    pingPeriod: '10',
    startedAtMs: 0,
    aofEnabled: false,
  };
  const runs = state === 'running';
  const config = state === 'created' || state === 'gone' ? null : configOf(wanted, name, upstream);
  return {
    ...node,
    ...NOTHING_KNOWN,
    server: runs ? server : null,
    config,
    upstream: runs ? upstream : null,
    disk: state === 'exited' ? SAVED : null,
    image: imageOf(node, config),
  };
}

/** Of a node that nobody has looked at. */
export const NOTHING_KNOWN = {
  server: null,
  config: null,
  upstream: null,
  heardMs: null,
  disk: null,
  end: null,
  endedAtMs: null,
  runningSinceMs: null,
  aofHolds: null,
  image: null,
};

/** An RDB up to the offset that every server says: what a clean end leaves. */
const SAVED: DiskFacts = {
  rdb: {
    path: 'dump.rdb',
    bytes: 100,
    modifiedMs: 0,
    format: 9,
    writer: { product: 'redis', version: '6.0.16' },
    createdMs: 0,
    origin: { id: ID, offset: 100 },
    keys: 1,
  },
  aof: null,
  strange: null,
};

function configOf(wanted: Topology, name: string, upstream: string | null): string {
  const wish = wanted.nodes.find((it) => it.name === name) ?? node(name, upstream);
  const port = wanted.port.first + wanted.nodes.indexOf(wish);
  return nodeConf({ topology: wanted, node: { ...wish, upstream }, port }, null);
}

const STATUS: Readonly<Record<string, string>> = {
  running: 'Up 3 minutes',
  paused: 'Up 3 minutes (Paused)',
  exited: 'Exited (0) 1 minute ago',
};

/** Of its networks. */
export const SUBNET = { control: '198.18.1.0/24', replication: '198.18.2.0/24' } as const;

const NO_ADDRESS = { address: null, hostNumber: null, fixedAddress: null } as const;

/** Without sentinels. */
export function engineTopology(
  wanted: Topology,
  changes: Changes = {},
): EngineTopology & { readonly sentinels: readonly [] } {
  const nodes = wanted.nodes.map((it, index): EngineNode => {
    const change = changes[it.name];
    const there = wanted.dir === null ? (['conf', 'data'] as const) : [];
    const port = wanted.port.first + index;
    const firstPort = wanted.dir === null ? port : null;
    const nowhere = { container: null, state: 'gone', port: null, ...NO_ADDRESS } as const;
    const gone = { name: it.name, ...nowhere, firstPort, volumes: there, dir: null, limits: null };
    if (change === null) return gone;
    const host = index + 11;
    const address = addressIn(SUBNET.replication, host);
    const statusText = STATUS[change?.state ?? 'running'] ?? '';
    const container = { ...summary(wanted, it, { port, host }), statusText, ...change };
    const { state, labels } = container;
    const { dir, containers: limits } = nodeLabels(labels);
    const addresses = { address, hostNumber: host, fixedAddress: address };
    return { ...gone, port, ...addresses, container, state, dir, limits };
  });
  return {
    name: wanted.name,
    nodes: nodes.filter(({ container, volumes }) => container !== null || volumes.length > 0),
    sentinels: [],
    strays: [],
    networks: networksOf(wanted.name).map((name, index) => ({
      id: `id-of-${name}`,
      name,
      createdMs: 0,
      labels: networkLabels(wanted.name, name, Object.values(SUBNET)[index] ?? ''),
      subnets: Object.values(SUBNET).slice(index, index + 1),
    })),
    volumes: nodes.flatMap(({ name, firstPort, volumes }) =>
      volumesOf(wanted.name, name)
        .filter(({ role }) => volumes.includes(role))
        .map((volume) => ({
          name: volume.name,
          createdMs: 0,
          labels: volumeLabels(wanted.name, name, volume.role, firstPort ?? 0),
        })),
    ),
    record: null,
  };
}

function summary(
  wanted: Topology,
  it: TopologyNode,
  { port, host }: { readonly port: number; readonly host: number },
): ContainerSummary {
  return {
    id: `id-of-${it.name}`,
    name: containerName(wanted.name, it.name),
    image: wanted.image,
    state: 'running',
    statusText: 'Up 3 minutes',
    createdMs: 0,
    labels: containerLabels(wanted, it, { port, host }),
    ports: [{ hostIp: '127.0.0.1', hostPort: port, containerPort: REDIS_PORT }],
    networks: [
      { name: networkName(wanted.name), address: addressIn(SUBNET.control, host + 128) },
      { name: replicationNetworkName(wanted.name), address: addressIn(SUBNET.replication, host) },
    ],
  };
}

/** No limits, and nothing that an entrypoint could do as root. */
export const UNCONFINED = {
  restart: 'no',
  capabilities: [],
  memoryBytes: null,
  cpus: null,
} as const;

/** Somebody else's container. */
export const foreignSpec = (name: string, hostPort = 9999): ContainerSpec => ({
  name,
  image: 'nginx',
  command: [],
  user: null,
  labels: { 'com.example': 'yes' },
  mounts: [],
  networks: [],
  publish: { hostIps: ['0.0.0.0'], hostPort, containerPort: 80 },
  stopTimeoutS: 10,
  ...UNCONFINED,
});

/** The labels that make something the topology's node. */
export const labelsOf = (topologyName: string, nodeName: string) => ({
  [LABEL.topology]: topologyName,
  [LABEL.node]: nodeName,
});
