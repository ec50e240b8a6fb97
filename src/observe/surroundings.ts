/** What else must be known for a wish: of the engine, its image and this host. Asked at the same time. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { recordIn } from '../config/wish-record.js';
import { findForeign } from '../docker/foreign.js';
import { findTakenPorts, type PortRange } from '../docker/free-ports.js';
import { hostRoutes } from '../docker/host-routes.js';
import { LABEL, networksOf } from '../docker/labels.js';
import { authorityFolder, foldersOf } from '../docker/names.js';
import type { ContainerSummary, ImageFacts, NetworkSummary, Runtime } from '../docker/runtime.js';
import type { DiskFacts } from '../psync/disk.js';
import { parseVersion, type Software } from '../redis/rdb-format.js';
import { whyUnmakeable } from '../topology/folders.js';
import type { Topology } from '../topology/topology.js';
import type { Observed, ObservedNode, Surroundings } from './observed.js';
import { readSetAside } from './set-aside.js';

/** What an image runs; null where that can't be told. `facts`: null if the engine doesn't have it. */
export type AskImage = (
  runtime: Runtime,
  topology: Topology,
  facts: ImageFacts | null,
) => Promise<Software | null>;

export async function lookAround(
  runtime: Runtime,
  topology: Topology,
  observed: Observed,
  ports: readonly PortRange[],
  askImage: AskImage = runImage,
): Promise<Surroundings> {
  const present = [...observed.nodes, ...observed.sentinels];
  const containers = [...topology.nodes, ...(topology.sentinels?.nodes ?? [])].map(
    (node) => present.find((it) => it.name === node.name)?.container,
  );
  const hasNetworks = observed.networks.length === networksOf(topology.name).length;
  const isWhole = containers.every(Boolean) && hasNetworks;
  // A container that was never started holds no port yet.
  const needsPorts = containers.some((it) => !it || it.state === 'created');
  const networks = isWhole ? Promise.resolve([]) : runtime.listNetworks({});
  const others = isWhole && !needsPorts ? Promise.resolve([]) : runtime.listContainers({});
  const [image, takenPorts, takenSubnets, foreign, sharers] = await Promise.all([
    runtime.image(topology.image),
    needsPorts ? findAllTaken(runtime, others, topology.name, ports) : [],
    hasNetworks ? [] : findTakenSubnets(runtime, networks),
    isWhole ? [] : findForeign(runtime, topology, others, networks),
    topology.dir === null ? [] : findSharers(runtime, topology.name, topology.dir),
  ]);
  return {
    image,
    imageServer: changesImage(topology, observed) ? await askImage(runtime, topology, image) : null,
    takenPorts,
    takenSubnets,
    foreign,
    sharers,
    setAside: await findSetAside(runtime, topology, observed),
    ...(await lookAtFolders(topology)),
    owner: fileOwner(),
  };
}

async function findAllTaken(
  runtime: Runtime,
  others: Promise<readonly ContainerSummary[]>,
  topology: string,
  ranges: readonly PortRange[],
) {
  const containers = await others;
  const found = ranges.map((range) => findTakenPorts(runtime, containers, topology, range));
  return (await Promise.all(found)).flat();
}

async function findTakenSubnets(runtime: Runtime, networks: Promise<readonly NetworkSummary[]>) {
  const [routes, others] = await Promise.all([hostRoutes(runtime), networks]);
  return [...others.flatMap(({ subnets }) => subnets), ...routes];
}

/** Whether a server of another image has run, or written the data that are there. */
const changesImage = ({ image }: Topology, { nodes }: Observed): boolean =>
  nodes.some((it) => hasRun(it) && it.image !== image) ||
  nodes.some((it) => it.disk && hasData(it.disk) && writtenBy(it) !== image);

/** If rrepl is killed meanwhile, `prune` may remove the container of the look after this time. */
const LOOK_MS = 10 * 60_000;

/** The image itself says it, in a container of its own. */
async function runImage(
  runtime: Runtime,
  { name, image }: Topology,
  facts: ImageFacts | null,
): Promise<Software | null> {
  if (facts === null) return null;
  const command = [facts.command[0] ?? 'redis-server', '--version'];
  const expires = new Date(Date.now() + LOOK_MS).toISOString();
  const labels = { [LABEL.topology]: name, [LABEL.expires]: expires };
  return parseVersion((await runtime.runOnce(image, command, labels)).join('\n'));
}

/** Which of the folders under --dir are there, and why one that is missing can't be made. */
async function lookAtFolders({ dir, nodes, sentinels }: Topology) {
  if (dir === null) return { folders: new Set<string>(), unmakeable: null };
  const wanted = [
    ...nodes.flatMap(({ name }) => foldersOf(dir, name)),
    ...(sentinels?.nodes ?? []).map(({ name }) => foldersOf(dir, name)[0]),
    authorityFolder(dir),
  ];
  const folders = new Set(wanted.filter((it) => existsSync(it)));
  for (const folder of wanted.filter((it) => !folders.has(it))) {
    const unmakeable = await whyUnmakeable(folder);
    if (unmakeable !== null) return { folders, unmakeable };
  }
  return { folders, unmakeable: null };
}

/** Files under --dir belong to whoever runs rrepl; root leaves them to the image's own user. */
function fileOwner(): string | null {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? null : `${uid}:${process.getgid?.() ?? uid}`;
}

/** Under --dir what is set aside stays with the files. */
async function findSetAside(
  runtime: Runtime,
  { nodes, dir }: Topology,
  observed: Observed,
): Promise<ReadonlySet<string>> {
  const leaving = observed.nodes.filter(({ name }) => nodes.every((node) => node.name !== name));
  const found = await Promise.all(
    leaving.map(async ({ name, container }) => {
      const kept = dir === null && container ? await readSetAside(runtime, container.name) : null;
      return kept === null ? [] : [name];
    }),
  );
  return new Set(found.flat());
}

const hasRun = ({ state }: ObservedNode): boolean => state !== 'created' && state !== 'gone';

const hasData = ({ rdb, aof }: DiskFacts): boolean => rdb !== null || aof !== null;

/** The image that the data of a node are from, as its redis.conf says; null if it doesn't. */
const writtenBy = ({ config }: ObservedNode): string | null =>
  config === null ? null : recordIn(config).image;

/** Other topologies of this engine with files in the folder, below it or above it; links are followed. */
async function findSharers(runtime: Runtime, topology: string, dir: string) {
  const containers = await runtime.listContainers({ [LABEL.dir]: '' });
  const folders = new Map(
    containers.flatMap(({ labels }) => {
      const [other = '', folder = ''] = [labels[LABEL.topology], labels[LABEL.dir]];
      return other === topology ? [] : [[other, folder]];
    }),
  );
  const real = await realFolder(dir);
  const found = await Promise.all(
    [...folders].map(async ([other, folder]) => {
      const theirs = await realFolder(folder);
      const shared = isWithin(real, theirs) || isWithin(theirs, real);
      return shared ? [{ topology: other, dir: folder }] : [];
    }),
  );
  return found.flat();
}

/** Of a folder that isn't there yet, as far as it is. */
async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realFolder(above), basename(path));
  }
}

const isWithin = (inner: string, outer: string): boolean =>
  inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
