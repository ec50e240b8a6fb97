/** Everything that the planner is told about the machine, asked at the same time. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Access, settleAccess } from '../access/access.js';
import { upstreamIn } from '../config/upstream.js';
import type { ConnectRedis } from '../context.js';
import { findForeign } from '../docker/foreign.js';
import { findTakenPorts } from '../docker/free-ports.js';
import { LABEL, networksOf } from '../docker/labels.js';
import { authorityFolder, foldersOf } from '../docker/names.js';
import { type ObservedTopology, observeTopology, refuseUnreadable } from '../docker/observe.js';
import type { ImageFacts, Runtime } from '../docker/runtime.js';
import type { Patient } from '../plan/heal-roles.js';
import type { Observed } from '../plan/observed.js';
import { imageOfContainer, presentTopology } from '../plan/present.js';
import type { RecordedRoles } from '../plan/roles.js';
import { parseVersion, type Software } from '../redis/rdb-format.js';
import type { Wish } from '../topology/load.js';
import type { Topology } from '../topology/topology.js';
import { observePatients } from './patients.js';
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
  const { seen, live, patients } = first.patients.some(hasVanished)
    ? await look(runtime, connect, wish.name)
    : first;
  const topology = wish.resolve(presentTopology(seen, patients));
  const access = await accessFor(topology, live);
  const missing = topology.nodes.filter(
    (node) => !seen.nodes.find((it) => it.name === node.name)?.container,
  );
  const isWhole = missing.length === 0 && seen.networks.length === networksOf(topology.name).length;
  const [image, takenPorts, foreign, recordedRoles] = await Promise.all([
    runtime.image(topology.image),
    missing.length === 0
      ? []
      : findTakenPorts(runtime, topology.name, topology.port.first, topology.nodes.length),
    isWhole ? [] : findForeign(runtime, topology),
    readFolderRoles(topology),
  ]);
  const observed = {
    topology: seen,
    image,
    imageServer: changesImage(topology, seen) ? await askImage(runtime, topology, image) : null,
    takenPorts,
    foreign,
    patients,
    recordedRoles,
    access,
    folders: existingFolders(topology),
    owner: fileOwner(),
  };
  return { topology, observed };
}

async function look(runtime: Runtime, connect: ConnectRedis, name: string) {
  const seen = await observeTopology(runtime, name);
  refuseUnreadable(seen);
  const live = await observeAccess(runtime, seen);
  const patients = await observePatients(runtime, connector(runtime, connect, name, live), seen);
  return { seen, live, patients };
}

/** Its redis.conf went between two questions: a `scale` or `down` that was killed had it removed. */
const hasVanished = ({ state, config }: Patient): boolean => config === null && state !== 'created';

/** Under --dir the files outlive the containers. */
async function accessFor({ dir, nodes, security }: Topology, live: Access | null) {
  const kept = live ?? (dir === null ? null : await readAccessUnder(dir, nodes));
  return { kept, wanted: await settleAccess(security, kept) };
}

const changesImage = ({ image }: Topology, { nodes }: ObservedTopology): boolean =>
  nodes.some(({ container }) => container && imageOfContainer(container) !== image);

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

function existingFolders({ dir, nodes }: Topology): ReadonlySet<string> {
  if (dir === null) return new Set();
  const wanted = [...nodes.flatMap(({ name }) => foldersOf(dir, name)), authorityFolder(dir)];
  return new Set(wanted.filter((it) => existsSync(it)));
}

/** Files under --dir belong to whoever runs rrepl; root leaves them to the image's own user. */
function fileOwner(): string | null {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? null : `${uid}:${process.getgid?.() ?? uid}`;
}

/** Under --dir the files outlive the containers. Those on volumes can be read through a container only. */
async function readFolderRoles({ dir, nodes }: Topology): Promise<RecordedRoles> {
  const roles = new Map<string, string | null>();
  if (dir === null) return roles;
  await Promise.all(
    nodes.map(async ({ name }) => {
      const [conf] = foldersOf(dir, name);
      const text = await readFile(`${conf}/redis.conf`, 'utf8').catch(() => null);
      if (text !== null) roles.set(name, upstreamIn(text));
    }),
  );
  return roles;
}
