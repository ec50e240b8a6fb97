/** Everything that the planner is told about the machine, asked at the same time. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Access, settleAccess } from '../access/access.js';
import { upstreamIn } from '../config/upstream.js';
import { recordIn } from '../config/wish-record.js';
import type { ConnectRedis } from '../context.js';
import { findForeign } from '../docker/foreign.js';
import { findTakenPorts } from '../docker/free-ports.js';
import { LABEL, networksOf } from '../docker/labels.js';
import { foldersOf } from '../docker/names.js';
import { type ObservedTopology, observeTopology } from '../docker/observe.js';
import type { ImageFacts, Runtime } from '../docker/runtime.js';
import type { Patient } from '../plan/heal-roles.js';
import type { Observed } from '../plan/observed.js';
import { candidates, knownPorts } from '../plan/ports.js';
import { imageOfContainer, presentTopology } from '../plan/present.js';
import { parseVersion, type Software } from '../redis/rdb-format.js';
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
  const containers = topology.nodes.map(
    (node) => seen.nodes.find((it) => it.name === node.name)?.container,
  );
  const isWhole =
    containers.every(Boolean) && seen.networks.length === networksOf(topology.name).length;
  const recorded = await readFolderConfs(topology);
  const ports = knownPorts({ topology: seen, patients, recordedPorts: recorded.ports });
  // A container that was never started holds no port yet.
  const needsPorts = containers.some((it) => !it || it.state === 'created');
  const [image, takenPorts, foreign] = await Promise.all([
    runtime.image(topology.image),
    needsPorts ? findTakenPorts(runtime, topology.name, candidates(topology, ports)) : [],
    isWhole ? [] : findForeign(runtime, topology),
  ]);
  const observed = {
    topology: seen,
    image,
    imageServer: await askImage(runtime, image, topology, seen),
    takenPorts,
    foreign,
    patients,
    recordedRoles: recorded.roles,
    recordedPorts: recorded.ports,
    access,
    folders: existingFolders(topology),
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

function existingFolders({ dir, nodes }: Topology): ReadonlySet<string> {
  if (dir === null) return new Set();
  return new Set(nodes.flatMap(({ name }) => foldersOf(dir, name)).filter((it) => existsSync(it)));
}

/** Files under --dir belong to whoever runs rrepl; root leaves them to the image's own user. */
function fileOwner(): string | null {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? null : `${uid}:${process.getgid?.() ?? uid}`;
}

/** Under --dir the files outlive the containers. Those on volumes can be read through a container only. */
async function readFolderConfs({ dir, nodes }: Topology) {
  const roles = new Map<string, string | null>();
  const ports = new Map<string, number>();
  const folders =
    dir === null ? [] : nodes.map(({ name }) => [name, foldersOf(dir, name)] as const);
  await Promise.all(
    folders.map(async ([name, [conf]]) => {
      const text = await readFile(`${conf}/redis.conf`, 'utf8').catch(() => null);
      if (text === null) return;
      roles.set(name, upstreamIn(text));
      const { port } = recordIn(text);
      if (port !== null) ports.set(name, port);
    }),
  );
  return { roles, ports };
}
