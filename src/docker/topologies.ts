/**
 * What an engine has of topologies: containers, networks and volumes that carry rrepl's labels,
 * put together. Three list calls, nothing remembered, nothing changed.
 */
import { withoutPasswords } from '../access/conf-lines.js';
import { InvalidError } from '../errors.js';
import { oneLine } from '../format.js';
import { addressIn, isSubnet } from '../topology/subnets.js';
import { type ContainerWish, NODE_NAME } from '../topology/topology.js';
import { nodeLabels, unknownVersion, unreadableLabel } from './container-labels.js';
import { LABEL, LABELS_VERSION, volumesOf } from './labels.js';
import { CONF_FILE, containerName, replicationNetworkName, type VolumeRole } from './names.js';
import type {
  ContainerState,
  ContainerSummary,
  Labels,
  NetworkSummary,
  Runtime,
  VolumeSummary,
} from './runtime.js';

export interface EngineNode {
  readonly name: string;
  /** Null if the container is gone and only its volumes tell of it. */
  readonly container: ContainerSummary | null;
  /** Of its container; `gone` if there is none. */
  readonly state: ContainerState | 'gone';
  /** Port on the host, also while the container is stopped; null if the container is gone. */
  readonly port: number | null;
  /** The port that it was first made with, as its volumes say; null if they don't. */
  readonly firstPort: number | null;
  /** Its address on the replication network; null while it isn't attached or doesn't run. */
  readonly address: string | null;
  /** Which host of that network's subnet it is; null for a container that an older rrepl made. */
  readonly hostNumber: number | null;
  /** The address that it has there whenever it is attached; null where the engine finds it one. */
  readonly fixedAddress: string | null;
  readonly volumes: readonly VolumeRole[];
  /** What its container's labels say: the folder under --dir, and what it may do and use. Null if they don't. */
  readonly dir: string | null;
  readonly limits: ContainerWish | null;
}

export interface EngineTopology {
  readonly name: string;
  readonly nodes: readonly EngineNode[];
  readonly sentinels: readonly EngineNode[];
  /** Containers of the topology that are no node's: left by a command that was killed. */
  readonly strays: readonly ContainerSummary[];
  readonly networks: readonly NetworkSummary[];
  /** Of its nodes. */
  readonly volumes: readonly VolumeSummary[];
  /** The volume whose label says what the last `down` kept; null if there is none. */
  readonly record: VolumeSummary | null;
}

/** What servers call a node, where that is not its name. */
export type Hosts = ReadonlyMap<string, string>;

/** Sentinels know addresses alone, so the servers that they watch go by these too. */
export const hostsIn = ({ nodes, sentinels }: Pick<EngineTopology, 'nodes' | 'sentinels'>): Hosts =>
  new Map(
    sentinels.length === 0
      ? []
      : nodes.flatMap(({ name, fixedAddress }) => (fixedAddress ? [[name, fixedAddress]] : [])),
  );

/** The subnet of one of its networks; null if the engine chose it, or there is no such network. */
export function subnetOf(networks: readonly NetworkSummary[], name: string): string | null {
  const subnet = networks.find((it) => it.name === name)?.labels[LABEL.subnet] ?? '';
  return isSubnet(subnet) ? subnet : null;
}

export async function listTopology(runtime: Runtime, name: string): Promise<EngineTopology> {
  const [found] = await observe(runtime, name);
  return (
    found ?? {
      ...{ name, nodes: [], sentinels: [], strays: [], networks: [], volumes: [], record: null },
    }
  );
}

/** Every topology of this engine, sorted by name. */
export const listTopologies = (runtime: Runtime): Promise<EngineTopology[]> => observe(runtime, '');

async function observe(runtime: Runtime, name: string): Promise<EngineTopology[]> {
  const ours = { [LABEL.topology]: name };
  const [containers, networks, volumes] = await Promise.all([
    runtime.listContainers(ours),
    runtime.listNetworks(ours),
    runtime.listVolumes(ours),
  ]);
  const topologyOf = (thing: { labels: Record<string, string> }) => thing.labels[LABEL.topology];
  const names = new Set([...containers, ...networks, ...volumes].map(topologyOf));
  return [...names]
    .filter((found) => found !== undefined)
    .sort()
    .map((found) => {
      const mine = <T extends { labels: Record<string, string> }>(things: readonly T[]) =>
        things.filter((thing) => topologyOf(thing) === found);
      return assemble(found, mine(containers), mine(networks), mine(volumes));
    });
}

function assemble(
  name: string,
  containers: readonly ContainerSummary[],
  networks: readonly NetworkSummary[],
  volumes: readonly VolumeSummary[],
): EngineTopology {
  const nodeOf = ({ labels }: { readonly labels: Labels }) => labels[LABEL.node] ?? '';
  const isSentinel = ({ labels }: { readonly labels: Labels }) => labels[LABEL.kind] === 'sentinel';
  const subnet = subnetOf(networks, replicationNetworkName(name));
  const storage = volumes.filter((volume) =>
    volumesOf(name, nodeOf(volume)).some((it) => it.name === volume.name),
  );
  // Every container that was made for a node has a port.
  const servers = containers.filter(({ labels }) => LABEL.port in labels);
  const found = [...servers, ...storage].filter((it) => NODE_NAME.test(nodeOf(it)));
  const namesOf = (things: typeof found) => [...new Set(things.map(nodeOf))].sort(byNaturalOrder);
  const sentinelNames = namesOf(found.filter(isSentinel));
  const describe = (node: string): EngineNode => {
    const named = servers.filter((it) => nodeOf(it) === node);
    const container = named.find((it) => it.name === containerName(name, node)) ?? named[0] ?? null;
    const own = storage.filter((volume) => nodeOf(volume) === node);
    const labels = container && nodeLabels(container.labels);
    const host = labels?.host ?? null;
    const onReplication = container?.networks.find(
      (network) => network.name === replicationNetworkName(name),
    );
    return {
      name: node,
      container,
      state: container?.state ?? 'gone',
      port: labels?.port ?? null,
      firstPort:
        own.map(({ labels }) => nodeLabels(labels).port).find((port) => port !== null) ?? null,
      address: onReplication?.address || null,
      hostNumber: host,
      fixedAddress: subnet === null || host === null ? null : addressIn(subnet, host),
      volumes: volumesOf(name, node).flatMap(({ name: volume, role }) =>
        own.some((it) => it.name === volume) ? role : [],
      ),
      dir: labels?.dir ?? null,
      limits: labels?.containers ?? null,
    };
  };
  const nodes = namesOf(found.filter((it) => !isSentinel(it))).map(describe);
  const sentinels = sentinelNames.map(describe);
  const strays = containers.filter((it) =>
    [...nodes, ...sentinels].every(({ container }) => container !== it),
  );
  const isRecord = ({ labels }: VolumeSummary) => LABEL.record in labels;
  return {
    name,
    nodes,
    sentinels,
    strays,
    networks,
    volumes: volumes.filter((volume) => !isRecord(volume)),
    record: volumes.find(isRecord) ?? null,
  };
}

/** Those of nodes first. */
export const containersOf = ({ nodes, sentinels, strays }: EngineTopology): ContainerSummary[] => [
  ...[...nodes, ...sentinels].flatMap(({ container }) => container ?? []),
  ...strays,
];

/** Throws `InvalidError` if a container's labels can't be read. Removing it needs no more than its topology. */
export function refuseUnreadable({ name, nodes, sentinels }: EngineTopology): void {
  for (const container of [...nodes, ...sentinels].flatMap((node) => node.container ?? [])) {
    const version = unknownVersion(container.labels);
    if (version !== null) {
      throw new InvalidError(
        `topology ${name} was made by another rrepl: container ${container.name} has labels of version ${oneLine(version)}, and this one reads ${LABELS_VERSION}`,
        { about: { code: 'labels-unknown', topology: name } },
      );
    }
    const label = unreadableLabel(container.labels);
    if (label === null) continue;
    throw new InvalidError(
      `container ${container.name} has the label ${oneLine(label)}, which rrepl did not write`,
      { about: { code: 'labels-foreign', topology: name, container: container.name } },
    );
  }
}

/** redis-2 before redis-10. */
export const byNaturalOrder = (a: string, b: string): number => (sortKey(a) < sortKey(b) ? -1 : 1);

/** `Intl.Collator` alone takes 8 ms to load. */
const sortKey = (name: string): string =>
  name.replace(/\d+/g, (digits) => digits.padStart(30, '0'));

/** The mounted redis.conf of every node that has a container, running or not, without its passwords. */
export async function readMountedConfigs(
  runtime: Runtime,
  nodes: readonly EngineNode[],
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  await Promise.all(
    nodes.map(async ({ name, container }) => {
      const text = container && (await runtime.readFile(container.name, CONF_FILE));
      if (text !== null) texts.set(name, withoutPasswords(text));
    }),
  );
  return texts;
}
