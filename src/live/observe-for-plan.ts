/** Everything that the planner is told about the machine, asked at the same time. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { type Access, settleAccess } from '../access/access.js';
import { recordIn } from '../config/wish-record.js';
import { findForeign } from '../docker/foreign.js';
import { findTakenPorts } from '../docker/free-ports.js';
import { LABEL, networksOf } from '../docker/labels.js';
import { authorityFolder, foldersOf } from '../docker/names.js';
import { type ObservedTopology, observeTopology, refuseUnreadable } from '../docker/observe.js';
import type { ContainerSummary, ImageFacts, Runtime } from '../docker/runtime.js';
import { readSetAside } from '../failover/set-aside.js';
import type { NodeFacts } from '../plan/node-facts.js';
import type { Observed } from '../plan/observed.js';
import { candidates, knownPorts } from '../plan/ports.js';
import { imageOfContainer, presentTopology } from '../plan/present.js';
import type { DiskFacts } from '../psync/disk.js';
import { parseVersion, type Software } from '../redis/rdb-format.js';
import { refuseUnmakeable } from '../topology/folders.js';
import type { Wish } from '../topology/load.js';
import type { Topology } from '../topology/topology.js';
import { keptFacts, readKept, withKept } from './kept.js';
import { observeNodes } from './observe-nodes.js';
import type { ConnectRedis } from './reach.js';
import { connector, observeAccess, readAccessUnder } from './reach.js';

export interface ForPlan {
  readonly topology: Topology;
  readonly observed: Observed;
}

/** What an image runs; null where that can't be told. `facts`: null if the engine doesn't have it. */
export type AskImage = (
  runtime: Runtime,
  topology: Topology,
  facts: ImageFacts | null,
) => Promise<Software | null>;

/** Also what the wish comes to: it depends on what is there. */
export async function observeForPlan(
  runtime: Runtime,
  connect: ConnectRedis,
  wish: Wish,
  askImage: AskImage = runImage,
): Promise<ForPlan> {
  const first = await look(runtime, connect, wish.name);
  const found = first.nodeFacts.some(hasVanished) ? await look(runtime, connect, wish.name) : first;
  const kept = await readKept(found.seen, wish.dir ?? dirOf(found.seen));
  const { live } = found;
  const seen = withKept(found.seen, kept);
  const nodeFacts = [...found.nodeFacts, ...keptFacts(kept)];
  const topology = wish.resolve(presentTopology(seen, nodeFacts, kept.containers));
  const access = await accessFor(topology, live);
  const containers = topology.nodes.map(
    (node) => seen.nodes.find((it) => it.name === node.name)?.container,
  );
  const isWhole =
    containers.every(Boolean) && seen.networks.length === networksOf(topology.name).length;
  const ports = knownPorts({ topology: seen, nodeFacts });
  // A container that was never started holds no port yet.
  const needsPorts = containers.some((it) => !it || it.state === 'created');
  const [image, takenPorts, foreign, sharers] = await Promise.all([
    runtime.image(topology.image),
    needsPorts ? findTakenPorts(runtime, topology.name, candidates(topology, ports)) : [],
    isWhole ? [] : findForeign(runtime, topology),
    topology.dir === null ? [] : findSharers(runtime, topology.name, topology.dir),
  ]);
  const folders = await existingFolders(topology);
  const observed = {
    topology: seen,
    image,
    imageServer: changesImage(topology, seen, nodeFacts)
      ? await askImage(runtime, topology, image)
      : null,
    takenPorts,
    foreign,
    nodeFacts,
    sharers,
    setAside: await findSetAside(runtime, topology, seen),
    access,
    folders,
    owner: fileOwner(),
  };
  return { topology, observed };
}

async function look(runtime: Runtime, connect: ConnectRedis, name: string) {
  const seen = await observeTopology(runtime, name);
  refuseUnreadable(seen);
  const live = await observeAccess(runtime, seen);
  const nodeFacts = await observeNodes(runtime, connector(runtime, connect, name, live), seen);
  return { seen, live, nodeFacts };
}

/** Its redis.conf went between two questions: a `scale` or `down` that was killed had it removed. */
const hasVanished = ({ state, config }: NodeFacts): boolean =>
  config === null && state !== 'created';

/** Under --dir the files outlive the containers. */
async function accessFor({ dir, nodes, security }: Topology, live: Access | null) {
  const kept = live ?? (dir === null ? null : await readAccessUnder(dir, nodes));
  return { kept, wanted: await settleAccess(security, kept) };
}

/** Whether a server of another image has run, or written the data that are there. */
const changesImage = (
  { image }: Topology,
  { nodes }: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
): boolean =>
  nodes
    .flatMap(({ container }) => container ?? [])
    .some((container) => hasRun(container) && imageOfContainer(container) !== image) ||
  nodeFacts.some((it) => it.disk && hasData(it.disk) && writtenBy(it) !== image);

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

/** Rejects with `InvalidError` if one that is missing can't be made. */
async function existingFolders({ dir, nodes }: Topology): Promise<ReadonlySet<string>> {
  if (dir === null) return new Set();
  const wanted = [...nodes.flatMap(({ name }) => foldersOf(dir, name)), authorityFolder(dir)];
  const existing = new Set(wanted.filter((it) => existsSync(it)));
  for (const folder of wanted) if (!existing.has(folder)) await refuseUnmakeable(folder);
  return existing;
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
  seen: ObservedTopology,
): Promise<ReadonlySet<string>> {
  const leaving = seen.nodes.filter(({ name }) => nodes.every((node) => node.name !== name));
  const found = await Promise.all(
    leaving.map(async ({ name, container }) => {
      const kept = dir === null && container ? await readSetAside(runtime, container.name) : null;
      return kept === null ? [] : [name];
    }),
  );
  return new Set(found.flat());
}

const hasRun = ({ state }: ContainerSummary): boolean => state !== 'created';

const hasData = ({ rdb, aof }: DiskFacts): boolean => rdb !== null || aof !== null;

/** The image that the data of a node are from, as its redis.conf says; null if it doesn't. */
const writtenBy = ({ config }: NodeFacts): string | null =>
  config === null ? null : recordIn(config).image;

const dirOf = ({ nodes }: ObservedTopology): string | null =>
  nodes.find(({ container }) => container)?.container?.labels[LABEL.dir] ?? null;

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
