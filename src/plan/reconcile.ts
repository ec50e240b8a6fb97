/**
 * The planner: what is wanted, what is there, and so what to do. Pure; the only place
 * that decides. Nodes that exist as wished are left alone; what is missing is created, what is
 * stopped, paused or cut off is brought back, what differs is changed, what is too much goes.
 */
import type { Access } from '../access/access.js';
import type { Foreign } from '../docker/foreign.js';
import {
  containerLabels,
  LABEL,
  networkLabels,
  networksOf,
  volumeLabels,
  volumesOf,
} from '../docker/labels.js';
import { CONF_FILE, CONF_FOLDER, containerName, DATA_FOLDER, foldersOf } from '../docker/names.js';
import type { ObservedNode, ObservedTopology, TakenPort } from '../docker/observe.js';
import type { ContainerSpec, ImageFacts, Labels } from '../docker/runtime.js';
import { InvalidTopologyError } from '../errors.js';
import type { Software } from '../redis/rdb-format.js';
import { REDIS_PORT, type Topology, type TopologyNode } from '../topology/topology.js';
import { addressesFor, confinement } from './confinement.js';
import { Draft, planWaits, upstreamReady } from './draft.js';
import { expiring, expiryNotes } from './expiry.js';
import { foreignProblems } from './foreign.js';
import { connections, planAttachments, planPromotion, planReturn } from './heal.js';
import { healRoles, type Patient, undecidedProblem } from './heal-roles.js';
import {
  fileUser,
  holdsUnreadableCopy,
  isDown,
  mustStop,
  type NodeWork,
  nodeText,
  startUser,
  stateOf,
  workOn,
} from './node-work.js';
import type { Plan } from './plan.js';
import { choosePorts } from './ports.js';
import { refusals, warnings } from './refusals.js';
import { planRemoval } from './removal.js';
import { type RecordedRoles, rolesAmong } from './roles.js';
import { planRolling } from './rolling.js';
import { accessProblems, planChannels } from './security.js';
import { planSettings } from './settings.js';
import { containerWarnings } from './warnings.js';

/** Everything the planner is told about the machine. */
export interface Observed {
  readonly topology: ObservedTopology;
  /** Null if the engine doesn't have the image: then the plan begins with pulling it. */
  readonly image: ImageFacts | null;
  /** What the image runs; null where that wasn't asked, because the nodes run this image already. */
  readonly imageServer: Software | null;
  readonly takenPorts: readonly TakenPort[];
  /** What has the name of something that is missing, and is not this topology's. */
  readonly foreign: readonly Foreign[];
  /** The nodes that have a container, and what their servers and files say. */
  readonly patients: readonly Patient[];
  /** Roles in the files of nodes that have no container: kept volumes and folders. */
  readonly recordedRoles: RecordedRoles;
  /** How its servers are reached: as their files say, and as they will be. */
  readonly access: { readonly kept: Access | null; readonly wanted: Access | null };
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
  const roles = rolesAmong(topology, [...existing.keys()], recorded);
  const kept = new Map<string, number>();
  for (const { name, port } of existing.values()) if (port !== null) kept.set(name, port);
  const choice = choosePorts(topology, kept, observed.takenPorts);
  const works = roles.nodes.map((node) => workOn(topology, node, observed, choice.ports));
  const problems = [
    ...choice.problems,
    ...refusals(works, observed),
    ...accessProblems(topology, observed),
    ...foreignProblems(topology.name, observed.foreign),
  ];
  if (healed.undecided.length > 0) {
    problems.push(undecidedProblem(topology.name, healed.undecided));
  }
  if (problems.length > 0) throw new InvalidTopologyError(problems);

  const draft = new Draft();
  planImage(draft, topology, observed);
  planNetworks(draft, topology, observed);
  for (const work of works) {
    const { node, port } = work;
    if (node.name === healed.promoted) planPromotion(draft, topology.name, node.name, port);
    planNode(draft, work);
    planWaits(draft, topology.name, node, choice.ports);
  }
  const leaving = [...existing.values()].filter(({ name }) => roles.leaving.has(name));
  planChanges(draft, topology.name, works, leaving, choice.ports);
  planChannels(draft, works);
  return {
    topology: topology.name,
    steps: expiring(draft.steps, topology, observed.topology),
    notes: [
      ...new Set([
        ...healed.notes,
        ...roles.notes,
        ...choice.notes,
        ...warnings(works, leaving),
        ...containerWarnings(topology, draft.steps),
        ...expiryNotes(draft.steps, topology, observed.topology),
      ]),
    ],
  };
}

/** What happens to nodes that run, once all are well. `works` begin with the master. */
function planChanges(
  draft: Draft,
  topology: string,
  works: readonly NodeWork[],
  leaving: readonly ObservedNode[],
  ports: ReadonlyMap<string, number>,
): void {
  planSettings(draft, works);
  const isMaster = ({ name }: ObservedNode) => name === works[0]?.node.name;
  for (const node of leaving) if (!isMaster(node)) planRemoval(draft, topology, node);
  planRolling(draft, {
    topology,
    nodes: works.map(({ node }) => node),
    ports,
    due: new Map(works.filter(mustStop).map(({ node, change }) => [node.name, change])),
    leaves: leaving.find(isMaster) ?? null,
    renew: (node, { cause }) => {
      const work = works.find((it) => it.node.name === node.name);
      if (work) planCreation(draft, { ...work, node }, cause);
    },
  });
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

function planNode(draft: Draft, work: NodeWork): void {
  const { topology, node, existing, patient, change } = work;
  // A container that was never started may lack its redis.conf.
  const configured = existing?.container && stateOf(work) !== 'created';
  const inPlace = isDown(work) && change.way !== 'none';
  if (existing && patient && configured && !inPlace)
    planReturn(draft, topology.name, node, existing, patient);
  else planCreation(draft, work, change.cause || whatIsMissing(existing));
}

function whatIsMissing(existing: ObservedNode | undefined): string {
  if (existing === undefined) return 'missing';
  return existing.container
    ? 'it was never started'
    : 'its container is gone, its volumes are there';
}

/** A container that doesn't run, with its redis.conf, and its start. */
function planCreation(draft: Draft, work: NodeWork, cause: string): void {
  const { topology, node, existing } = work;
  const base = { resource: containerName(topology.name, node.name), cause, node: node.name };
  // Whoever created it may have been killed before the second network.
  if (existing?.container && work.change.way !== 'recreate')
    planAttachments(draft, topology.name, node, existing);
  else planContainer(draft, work, base);
  draft.push({
    ...base,
    id: `configure ${node.name}`,
    after: draft.planned(`stop ${node.name}`, `create ${node.name}`),
    kind: 'writeConfig',
    text: nodeText(work),
    access: work.observed.access.wanted,
    user: fileUser(work),
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

interface ContainerStep {
  readonly resource: string;
  readonly cause: string;
  readonly node: string;
}

function planContainer(draft: Draft, work: NodeWork, base: ContainerStep): void {
  const { topology, node, existing } = work;
  if (existing?.container) {
    const after = draft.planned(`stop ${node.name}`);
    draft.push({ ...base, id: `remove ${node.name}`, after, kind: 'removeContainer' });
  }
  const storage = topology.dir === null ? planVolumes(draft, work) : planFolders(draft, work);
  draft.push({
    ...base,
    id: `create ${node.name}`,
    after: draft.planned(
      `pullImage ${topology.image}`,
      ...networksOf(topology.name).map((name) => `createNetwork ${name}`),
      ...storage,
      `remove ${node.name}`,
    ),
    kind: 'createContainer',
    spec: containerSpec(work),
  });
}

function planVolumes(draft: Draft, work: NodeWork): string[] {
  const { topology, node, existing } = work;
  const wanted = volumesOf(topology.name, node.name).filter(
    ({ role }) => role === 'conf' || node.dataBytes === undefined,
  );
  return wanted.map(({ name, role }) => {
    const id = `createVolume ${name}`;
    const there = existing?.volumes.includes(role) ?? false;
    const discarded = there && role === 'data' && holdsUnreadableCopy(work);
    if (discarded) planDiscard(draft, node, name);
    if (!there || discarded) {
      draft.push({
        id,
        after: draft.planned(`removeVolume ${name}`),
        kind: 'createVolume',
        resource: name,
        cause: discarded ? 'for a new copy' : 'missing',
        labels: volumeLabels(topology.name, node.name, role),
      });
    }
    return id;
  });
}

/** Not before there is somebody to copy from again. */
function planDiscard(draft: Draft, node: TopologyNode, volume: string): void {
  draft.push({
    id: `removeVolume ${volume}`,
    after: [...draft.planned(`remove ${node.name}`), ...upstreamReady(draft, node)],
    kind: 'removeVolume',
    resource: volume,
    cause: 'a copy in a newer format than the image reads',
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

/** What stands in a kept volume is known only when there is a container to read it through. */
function accessLabels({ existing, observed }: NodeWork): Labels {
  const kept = existing?.container === null && existing.volumes.includes('conf');
  return observed.access.wanted !== null || kept ? { [LABEL.access]: 'files' } : {};
}

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
    labels: { ...containerLabels(topology, node, port), ...accessLabels(work) },
    mounts: [
      { kind, source: conf, target: CONF_FOLDER },
      node.dataBytes === undefined
        ? { kind, source: data, target: DATA_FOLDER }
        : { kind: 'tmpfs', bytes: node.dataBytes, target: DATA_FOLDER },
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
