/**
 * The planner: what is wanted, what is there, and so what to do. Pure; the only place
 * that decides. Nodes that exist as wished are left alone; what is missing is created,
 * what is stopped, paused or cut off is brought back.
 */
import { renderNodeConf } from '../config/render.js';
import type { Foreign } from '../docker/foreign.js';
import {
  containerLabels,
  LABEL,
  networkLabels,
  networksOf,
  volumeLabels,
  volumesOf,
  wishDigest,
} from '../docker/labels.js';
import { CONF_FILE, CONF_FOLDER, containerName, DATA_FOLDER, foldersOf } from '../docker/names.js';
import type { ObservedNode, ObservedTopology, TakenPort } from '../docker/observe.js';
import type { ContainerSpec, ImageFacts } from '../docker/runtime.js';
import { InvalidTopologyError, type Problem } from '../errors.js';
import { REDIS_PORT, type Topology, type TopologyNode } from '../topology/topology.js';
import { addressesFor, confinement } from './confinement.js';
import { Draft, planWaits, upstreamReady } from './draft.js';
import { expiring, expiryNotes } from './expiry.js';
import { foreignProblems } from './foreign.js';
import { connections, planAttachments, planPromotion, planReturn } from './heal.js';
import { healRoles, type Patient, undecidedProblem } from './heal-roles.js';
import type { Plan } from './plan.js';
import { choosePorts } from './ports.js';
import { chooseRoles, type RecordedRoles } from './roles.js';
import { warnings } from './warnings.js';

/** Everything the planner is told about the machine. */
export interface Observed {
  readonly topology: ObservedTopology;
  /** Null if the engine doesn't have the image: then the plan begins with pulling it. */
  readonly image: ImageFacts | null;
  readonly takenPorts: readonly TakenPort[];
  /** What has the name of something that is missing, and is not this topology's. */
  readonly foreign: readonly Foreign[];
  /** The nodes that have a container, and what their servers and files say. */
  readonly patients: readonly Patient[];
  /** Roles in the files of nodes that have no container: kept volumes and folders. */
  readonly recordedRoles: RecordedRoles;
  /** Folders under --dir that are there already. */
  readonly folders: ReadonlySet<string>;
  /** `uid:gid` that owns the files under --dir; null to leave it to the image. */
  readonly owner: string | null;
}

/** Longer than the 10 s that Redis 7+ may wait at shutdown for replicas that lag. */
const STOP_TIMEOUT_S = 15;

/** Throws `InvalidTopologyError` with every reason why the wish can't be fulfilled. */
export function reconcile(topology: Topology, observed: Observed): Plan {
  const existing = new Map(observed.topology.nodes.map((node) => [node.name, node]));
  const healed = healRoles(observed.patients);
  const recorded = new Map([...observed.recordedRoles, ...healed.upstreams]);
  const roles = chooseRoles(topology, recorded);
  const kept = new Map<string, number>();
  for (const { name, port } of existing.values()) if (port !== null) kept.set(name, port);
  const choice = choosePorts(topology, kept, observed.takenPorts);
  const problems = [
    ...choice.problems,
    ...changes(topology, existing),
    ...foreignProblems(topology.name, observed.foreign),
  ];
  if (healed.undecided.length > 0) {
    problems.push(undecidedProblem(topology.name, healed.undecided));
  }
  if (problems.length > 0) throw new InvalidTopologyError(problems);

  const draft = new Draft();
  planImage(draft, topology, observed);
  planNetworks(draft, topology, observed);
  for (const node of roles.nodes) {
    const port = choice.ports.get(node.name) ?? 0;
    if (node.name === healed.promoted) planPromotion(draft, topology.name, node.name, port);
    planNode(draft, { topology, node, port, existing: existing.get(node.name), observed });
    planWaits(draft, topology.name, node, choice.ports);
  }
  return {
    topology: topology.name,
    steps: expiring(draft.steps, topology, observed.topology),
    notes: [
      ...new Set([
        ...healed.notes,
        ...roles.notes,
        ...choice.notes,
        ...warnings(topology, draft.steps),
        ...expiryNotes(draft.steps, topology, observed.topology),
      ]),
    ],
  };
}

/** What differs from the wish and can't be changed on a topology that exists. */
function changes(topology: Topology, existing: ReadonlyMap<string, ObservedNode>): Problem[] {
  const source = `topology ${topology.name}`;
  const way = `run \`rrepl down --name ${topology.name}\` first (the data is kept), then \`rrepl up\` again`;
  const wanted = new Set(topology.nodes.map((node) => node.name));
  const surplus = [...existing.values()].filter((it) => it.container && !wanted.has(it.name));
  const changed = topology.nodes.filter((node) => {
    const container = existing.get(node.name)?.container;
    return container && container.labels[LABEL.wish] !== wishDigest(topology, node);
  });
  const names = (nodes: readonly { name: string }[]) => nodes.map((it) => it.name).join(', ');
  const problems: Problem[] = [];
  if (surplus.length > 0) {
    problems.push({
      source,
      message: `not wanted any more: ${names(surplus)}; ${way}`,
    });
  }
  if (changed.length > 0) {
    const message = `another image, folder or configuration is wanted for ${names(changed)}; ${way}`;
    problems.push({ source, message });
  }
  return problems;
}

function planImage(draft: Draft, { image }: Topology, observed: Observed): void {
  if (observed.image !== null) return;
  draft.push({
    id: `pullImage ${image}`,
    after: [],
    kind: 'pullImage',
    resource: image,
    cause: 'the engine does not have it',
  });
}

function planNetworks(draft: Draft, topology: Topology, { topology: seen }: Observed): void {
  for (const name of networksOf(topology.name)) {
    if (seen.networks.some((network) => network.name === name)) continue;
    draft.push({
      id: `createNetwork ${name}`,
      after: [],
      kind: 'createNetwork',
      resource: name,
      cause: 'missing',
      labels: networkLabels(topology.name, name),
    });
  }
}

interface NodeWork {
  readonly topology: Topology;
  readonly node: TopologyNode;
  readonly port: number;
  readonly existing: ObservedNode | undefined;
  readonly observed: Observed;
}

function planNode(draft: Draft, work: NodeWork): void {
  const { topology, node, observed } = work;
  const patient = observed.patients.find(({ name }) => name === node.name);
  // A container that was never started may lack its redis.conf.
  const configured = work.existing?.container && work.existing.container.state !== 'created';
  if (work.existing && configured && patient)
    planReturn(draft, topology.name, node, work.existing, patient);
  else planCreation(draft, work);
}

function planCreation(draft: Draft, work: NodeWork): void {
  const { topology, node, existing } = work;
  const resource = containerName(topology.name, node.name);
  const storage = topology.dir === null ? planVolumes(draft, work) : planFolders(draft, work);
  const cause =
    existing === undefined
      ? 'missing'
      : existing.container
        ? 'it was never started'
        : 'its container is gone, its volumes are there';
  const base = { resource, cause, node: node.name };
  // Whoever created it may have been killed before the second network.
  if (existing?.container) planAttachments(draft, topology.name, node, existing);
  else
    draft.push({
      ...base,
      id: `create ${node.name}`,
      after: draft.planned(
        `pullImage ${topology.image}`,
        ...networksOf(topology.name).map((name) => `createNetwork ${name}`),
        ...storage,
      ),
      kind: 'createContainer',
      spec: containerSpec(work),
    });
  draft.push({
    ...base,
    id: `configure ${node.name}`,
    after: draft.planned(`create ${node.name}`),
    kind: 'writeConfig',
    text: renderNodeConf(topology.template, node),
    user: startUser(work) ?? (work.observed.image?.user || null),
  });
  draft.push({
    ...base,
    id: `start ${node.name}`,
    after: [
      `configure ${node.name}`,
      ...connections(draft, topology.name, node.name),
      ...upstreamReady(draft, node),
    ],
    kind: 'startContainer',
  });
}

function planVolumes(draft: Draft, { topology, node, existing }: NodeWork): string[] {
  return volumesOf(topology.name, node.name).map(({ name, role }) => {
    const id = `createVolume ${name}`;
    if (!existing?.volumes.includes(role)) {
      draft.push({
        id,
        after: [],
        kind: 'createVolume',
        resource: name,
        cause: 'missing',
        labels: volumeLabels(topology.name, node.name, role),
      });
    }
    return id;
  });
}

function planFolders(draft: Draft, { topology, node, observed }: NodeWork): string[] {
  return foldersOf(topology.dir ?? '', node.name).map((folder) => {
    const id = `createFolder ${folder}`;
    if (!observed.folders.has(folder)) {
      draft.push({ id, after: [], kind: 'createFolder', resource: folder, cause: 'missing' });
    }
    return id;
  });
}

/** Files on the host belong to whoever runs rrepl, so the server runs as them too. */
const startUser = ({ topology, observed }: NodeWork): string | null =>
  topology.dir === null ? null : observed.owner;

function containerSpec(work: NodeWork): ContainerSpec {
  const { topology, node, port, observed } = work;
  const [confVolume, dataVolume] = volumesOf(topology.name, node.name);
  const [conf, data] =
    topology.dir === null ? [confVolume.name, dataVolume.name] : foldersOf(topology.dir, node.name);
  const kind = topology.dir === null ? 'volume' : 'folder';
  const [control, replication] = networksOf(topology.name);
  return {
    name: containerName(topology.name, node.name),
    image: topology.image,
    command: [observed.image?.command[0] ?? 'redis-server', CONF_FILE],
    user: startUser(work),
    labels: containerLabels(topology, node, port),
    mounts: [
      { kind, source: conf, target: CONF_FOLDER },
      { kind, source: data, target: DATA_FOLDER },
    ],
    networks: [
      { name: control, aliases: [] },
      { name: replication, aliases: [node.name] },
    ],
    publish: {
      hostIps: addressesFor(topology.containers.bind),
      hostPort: port,
      containerPort: REDIS_PORT,
    },
    stopTimeoutS: STOP_TIMEOUT_S,
    ...confinement(topology.containers, startUser(work) ?? observed.image?.user ?? ''),
  };
}
