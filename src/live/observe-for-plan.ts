/** Everything that the planner is told about the machine, asked at the same time. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { upstreamIn } from '../config/upstream.js';
import { findForeign } from '../docker/foreign.js';
import { findTakenPorts } from '../docker/free-ports.js';
import { networksOf } from '../docker/labels.js';
import { foldersOf } from '../docker/names.js';
import { observeTopology } from '../docker/observe.js';
import type { Runtime } from '../docker/runtime.js';
import type { Observed } from '../plan/reconcile.js';
import type { RecordedRoles } from '../plan/roles.js';
import type { Topology } from '../topology/topology.js';
import { type Connect, observePatients } from './patients.js';

export async function observeForPlan(
  runtime: Runtime,
  connect: Connect,
  topology: Topology,
): Promise<Observed> {
  const [seen, image] = await Promise.all([
    observeTopology(runtime, topology.name),
    runtime.image(topology.image),
  ]);
  const missing = topology.nodes.filter(
    (node) => !seen.nodes.find((it) => it.name === node.name)?.container,
  );
  const isWhole = missing.length === 0 && seen.networks.length === networksOf(topology.name).length;
  const [takenPorts, foreign, patients, recordedRoles] = await Promise.all([
    missing.length === 0
      ? []
      : findTakenPorts(runtime, topology.name, topology.port.first, topology.nodes.length),
    isWhole ? [] : findForeign(runtime, topology),
    observePatients(runtime, connect, seen),
    readFolderRoles(topology),
  ]);
  const folders = existingFolders(topology);
  return {
    topology: seen,
    image,
    takenPorts,
    foreign,
    patients,
    recordedRoles,
    folders,
    owner: fileOwner(),
  };
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
