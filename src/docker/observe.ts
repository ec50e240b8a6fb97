/**
 * What is there: the engine's containers, networks and volumes that carry rrepl's labels,
 * put together as topologies. Three list calls, nothing remembered, nothing changed.
 */
import { withoutPasswords } from '../access/conf-lines.js';
import { LABEL } from './labels.js';
import { CONF_FILE, replicationNetworkName, type VolumeRole } from './names.js';
import type { ContainerSummary, NetworkSummary, Runtime, VolumeSummary } from './runtime.js';

export interface TakenPort {
  readonly port: number;
  /** Who holds it, in words ("container web"), or null where nobody could tell. */
  readonly holder: string | null;
}

export interface ObservedNode {
  readonly name: string;
  /** Null if the container is gone and only its volumes tell of it. */
  readonly container: ContainerSummary | null;
  /** Port on the host, also while the container is stopped; null if the container is gone. */
  readonly port: number | null;
  /** Its address on the replication network; null while it isn't attached or doesn't run. */
  readonly address: string | null;
  readonly volumes: readonly VolumeRole[];
}

export interface ObservedTopology {
  readonly name: string;
  readonly nodes: readonly ObservedNode[];
  readonly networks: readonly NetworkSummary[];
  /** Of its nodes. */
  readonly volumes: readonly VolumeSummary[];
  /** The volume whose label says what the last `down` kept; null if there is none. */
  readonly record: VolumeSummary | null;
}

export async function observeTopology(runtime: Runtime, name: string): Promise<ObservedTopology> {
  const [found] = await observe(runtime, name);
  return found ?? { name, nodes: [], networks: [], volumes: [], record: null };
}

/** Every topology of this engine, sorted by name. */
export const observeAll = (runtime: Runtime): Promise<ObservedTopology[]> => observe(runtime, '');

async function observe(runtime: Runtime, name: string): Promise<ObservedTopology[]> {
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
): ObservedTopology {
  const names = new Set([...containers, ...volumes].map((thing) => thing.labels[LABEL.node] ?? ''));
  names.delete('');
  const nodes = [...names].sort(byNaturalOrder).map((node): ObservedNode => {
    const container = containers.find((it) => it.labels[LABEL.node] === node) ?? null;
    const port = Number(container?.labels[LABEL.port]);
    const onReplication = container?.networks.find(
      (network) => network.name === replicationNetworkName(name),
    );
    return {
      name: node,
      container,
      port: Number.isInteger(port) ? port : null,
      address: onReplication?.address || null,
      volumes: volumes
        .filter((volume) => volume.labels[LABEL.node] === node)
        .map((volume) => volume.labels[LABEL.volume] as VolumeRole),
    };
  });
  const isRecord = ({ labels }: VolumeSummary) => LABEL.record in labels;
  return {
    name,
    nodes,
    networks,
    volumes: volumes.filter((volume) => !isRecord(volume)),
    record: volumes.find(isRecord) ?? null,
  };
}

/** redis-2 before redis-10. */
export const byNaturalOrder = (a: string, b: string): number => (sortKey(a) < sortKey(b) ? -1 : 1);

/** `Intl.Collator` alone takes 8 ms to load. */
const sortKey = (name: string): string =>
  name.replace(/\d+/g, (digits) => digits.padStart(30, '0'));

/** The mounted redis.conf of every node that has a container, running or not, without its passwords. */
export async function readMountedConfigs(
  runtime: Runtime,
  nodes: readonly ObservedNode[],
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

/** Ports of the host that containers hold, stopped containers of other topologies included. */
export async function portsHeldByContainers(
  runtime: Runtime,
  exceptTopology: string,
): Promise<TakenPort[]> {
  const containers = await runtime.listContainers({});
  return containers
    .filter((container) => container.labels[LABEL.topology] !== exceptTopology)
    .flatMap((container) => {
      const published = container.ports.map((port) => port.hostPort);
      const reserved = Number(container.labels[LABEL.port]);
      const ports = Number.isInteger(reserved) ? [...published, reserved] : published;
      return [...new Set(ports)].map((port) => ({ port, holder: `container ${container.name}` }));
    });
}
