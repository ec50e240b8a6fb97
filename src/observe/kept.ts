/**
 * What `down` keeps: nodes without a container, of which only files tell. Under --dir they are
 * read where they lie. A volume can be read through a container only, so `down` leaves a record
 * of what it kept, as the label of one more volume: a plan must be made without making anything.
 */
import { readdir, readFile } from 'node:fs/promises';
import { withoutPasswords } from '../access/conf-lines.js';
import { nodeLabels } from '../docker/container-labels.js';
import { LABEL } from '../docker/labels.js';
import { foldersOf } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import { byNaturalOrder, type EngineTopology, readMountedConfigs } from '../docker/topologies.js';
import type { ContainerWish } from '../topology/topology.js';
import { filesOfFolder, readDisk } from './disk.js';
import { imageOf, readRest } from './nodes.js';
import type { NodeFiles, Observed, ObservedNode } from './observed.js';
import { readSentinelConf } from './sentinels.js';

/** Null where that is not known. */
export interface KeptNode extends NodeFiles {
  readonly name: string;
  readonly port: number | null;
}

/** The same of a sentinel. */
export type KeptSentinel = Pick<KeptNode, 'name' | 'port' | 'config'>;

interface TopologyRecord {
  readonly version: number;
  /** What the containers could do and use; null if nothing tells. */
  readonly containers: ContainerWish | null;
  readonly nodes: readonly KeptNode[];
  /** Absent where there are none. */
  readonly sentinels?: readonly KeptSentinel[];
}

/** A record of another version is as good as none: `up` reads the volumes in any case. */
const VERSION = 1;

export type Kept = Omit<TopologyRecord, 'version'>;

const NOTHING: Kept = { containers: null, nodes: [] };
const NO_DATA = { rdb: null, aof: null, strange: null };

/** What is known of the nodes that have no container, without making one. */
export async function readKept(seen: EngineTopology, dir: string | null): Promise<Kept> {
  const all = [...seen.nodes, ...seen.sentinels];
  const gone = ({ name }: { readonly name: string }) =>
    !all.some((it) => it.name === name && it.container !== null);
  if (dir !== null) {
    const [nodes, sentinels] = await Promise.all([readFolders(dir), readSentinelFolders(dir)]);
    return { containers: null, nodes: nodes.filter(gone), ...some(sentinels.filter(gone)) };
  }
  const { containers, nodes, sentinels = [] } = parseRecord(seen.record?.labels[LABEL.record]);
  return {
    containers,
    nodes: nodes.filter(gone).flatMap((node) => asFarAsThere(node, seen)),
    ...some(sentinels.filter(gone).filter((it) => isThere(it, seen))),
  };
}

const some = (sentinels: readonly KeptSentinel[]): Pick<Kept, 'sentinels'> =>
  sentinels.length === 0 ? {} : { sentinels };

const isThere = ({ name }: KeptSentinel, { sentinels }: EngineTopology): boolean =>
  sentinels.some((it) => it.name === name && it.volumes.includes('conf'));

/** A volume that was removed since has taken what was in it along. */
function asFarAsThere(node: KeptNode, { nodes }: EngineTopology): KeptNode[] {
  const volumes = nodes.find(({ name }) => name === node.name)?.volumes;
  if (volumes === undefined) return [];
  const kept = volumes.includes('data') ? {} : { disk: NO_DATA, end: null };
  return [{ ...node, ...(volumes.includes('conf') ? {} : { config: null }), ...kept }];
}

function parseRecord(label: string | undefined): Kept {
  try {
    const record = JSON.parse(label ?? 'null') as TopologyRecord | null;
    return record?.version === VERSION && Array.isArray(record.nodes) ? record : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** The nodes that have files under --dir. */
async function readFolders(dir: string): Promise<KeptNode[]> {
  const names = await readdir(dir).catch(() => []);
  const nodes = await Promise.all(names.map((name) => readFolder(dir, name)));
  return nodes.filter((node) => node !== null);
}

async function readSentinelFolders(dir: string): Promise<KeptSentinel[]> {
  const names = await readdir(dir).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<KeptSentinel[]> => {
      const [conf] = foldersOf(dir, name);
      const text = await readFile(`${conf}/sentinel.conf`, 'utf8').catch(() => null);
      return text === null ? [] : [{ name, port: null, config: withoutPasswords(text) }];
    }),
  );
  return found.flat();
}

/** Null if no node's files are there. */
async function readFolder(dir: string, name: string): Promise<KeptNode | null> {
  const [conf, data] = foldersOf(dir, name);
  const text = await readFile(`${conf}/redis.conf`, 'utf8').catch(() => null);
  const config = text === null ? null : withoutPasswords(text);
  const disk = await readDisk(filesOfFolder(data), config);
  if (config === null && disk.rdb === null && disk.aof === null) return null;
  return { name, port: null, config, disk, end: null, endedAtMs: null };
}

/** What `down` writes down: all that is in the volumes of the nodes, once their servers have stopped. */
export async function recordOf(runtime: Runtime, seen: EngineTopology): Promise<string> {
  const present = seen.nodes.filter(({ container }) => container !== null);
  const configs = await readMountedConfigs(runtime, present);
  const nodes = await Promise.all(
    present.map(async (node): Promise<KeptNode> => {
      const config = configs.get(node.name) ?? null;
      const { name, port } = node;
      const { disk, end, endedAtMs } = await readRest(runtime, node, config);
      return { name, port, config, disk, end, endedAtMs };
    }),
  );
  const sentinels = await Promise.all(
    seen.sentinels.map(async (node) => {
      const config = await readSentinelConf(runtime, node);
      return { name: node.name, port: node.port, config };
    }),
  );
  const [first] = present;
  const containers = first?.container ? nodeLabels(first.container.labels).containers : null;
  const record: TopologyRecord = {
    ...{ version: VERSION, containers, nodes },
    ...some(sentinels),
  };
  return JSON.stringify(record);
}

/** The topology with what is kept of its nodes, and with those of which only files tell. */
export function withKept(
  observed: Observed,
  { containers, nodes, sentinels = [] }: Kept,
): Observed {
  const fresh = nodes
    .filter(({ name }) => !observed.nodes.some((it) => it.name === name))
    .map(({ name }) => ({ ...NO_NODE, name }));
  const all = [...observed.nodes, ...fresh].map((node): ObservedNode => {
    const kept = node.container === null ? nodes.find(({ name }) => name === node.name) : undefined;
    if (kept === undefined) return node;
    const { config, disk, end, endedAtMs } = kept;
    const port = node.port ?? kept.port;
    return {
      ...node,
      config,
      image: imageOf(node, config),
      disk,
      end,
      endedAtMs,
      port,
      limits: containers,
    };
  });
  return {
    ...observed,
    nodes: all.toSorted((a, b) => byNaturalOrder(a.name, b.name)),
    sentinels: keptSentinels(observed.sentinels, sentinels),
  };
}

function keptSentinels(
  seen: Observed['sentinels'],
  kept: readonly KeptSentinel[],
): Observed['sentinels'] {
  const fresh = kept
    .filter(({ name }) => !seen.some((it) => it.name === name))
    .map(({ name }) => ({ ...NO_NODE, name, facts: null }));
  return [...seen, ...fresh]
    .map((it) => {
      const file = it.container === null ? kept.find(({ name }) => name === it.name) : undefined;
      return file ? { ...it, config: file.config, port: it.port ?? file.port } : it;
    })
    .toSorted((a, b) => byNaturalOrder(a.name, b.name));
}

const NO_NODE: Omit<ObservedNode, 'name'> = {
  container: null,
  state: 'gone',
  port: null,
  firstPort: null,
  address: null,
  hostNumber: null,
  fixedAddress: null,
  volumes: [],
  dir: null,
  limits: null,
  server: null,
  config: null,
  disk: null,
  end: null,
  endedAtMs: null,
  upstream: null,
  heardMs: null,
  runningSinceMs: null,
  aofHolds: null,
  image: null,
};
