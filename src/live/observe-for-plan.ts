/** Everything that the planner is told about the machine, asked at the same time. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Access, settleAccess } from '../access/access.js';
import { upstreamIn } from '../config/upstream.js';
import type { ConnectRedis } from '../context.js';
import { findForeign } from '../docker/foreign.js';
import { findTakenPorts } from '../docker/free-ports.js';
import { LABEL, networksOf } from '../docker/labels.js';
import { foldersOf } from '../docker/names.js';
import { type ObservedTopology, observeTopology } from '../docker/observe.js';
import type { ImageFacts, Runtime } from '../docker/runtime.js';
import type { Patient } from '../plan/heal-roles.js';
import type { Observed } from '../plan/observed.js';
import { imageOfContainer, presentTopology } from '../plan/present.js';
import type { RecordedRoles } from '../plan/roles.js';
import { parseVersion, type Software } from '../redis/rdb-format.js';
import { refuseUnmakeable } from '../topology/folders.js';
import type { Wish } from '../topology/load.js';
import type { Topology } from '../topology/topology.js';
import { observePatients } from './patients.js';
import { connector, observeAccess, readAccessUnder } from './reach.js';

export interface ForPlan {
  readonly topology: Topology;
  readonly observed: Observed;
}

/** Also what the wish comes to: it depends on what is there. */
export async function observeForPlan(
  runtime: Runtime,
  connect: ConnectRedis,
  wish: Wish,
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
  const folders = await existingFolders(topology);
  const observed = {
    topology: seen,
    image,
    imageServer: await askImage(runtime, image, topology, seen),
    takenPorts,
    foreign,
    patients,
    recordedRoles,
    access,
    folders,
    owner: fileOwner(),
  };
  return { topology, observed };
}

async function look(runtime: Runtime, connect: ConnectRedis, name: string) {
  const seen = await observeTopology(runtime, name);
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

/** What the image runs, if it is to take the place of another one. */
async function askImage(
  runtime: Runtime,
  facts: ImageFacts | null,
  { name, image }: Topology,
  { nodes }: ObservedTopology,
): Promise<Software | null> {
  const changes = nodes.some(({ container }) => container && imageOfContainer(container) !== image);
  if (facts === null || !changes) return null;
  const command = [facts.command[0] ?? 'redis-server', '--version'];
  const lines = await runtime.runOnce(image, command, { [LABEL.topology]: name });
  return parseVersion(lines.join('\n'));
}

/** Rejects with `InvalidError` if one that is missing can't be made. */
async function existingFolders({ dir, nodes }: Topology): Promise<ReadonlySet<string>> {
  if (dir === null) return new Set();
  const wanted = nodes.flatMap(({ name }) => foldersOf(dir, name));
  const existing = new Set(wanted.filter((it) => existsSync(it)));
  for (const folder of wanted) if (!existing.has(folder)) await refuseUnmakeable(folder);
  return existing;
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
