/** Making a node: its storage, its container, its redis.conf, its start. Pure. */
import { networksOf, volumeLabels, volumesOf } from '../docker/labels.js';
import { containerName, foldersOf } from '../docker/names.js';
import type { ContainerSpec } from '../docker/runtime.js';
import type { Topology, TopologyNode } from '../topology/topology.js';
import { authorityReady } from './authority.js';
import { containerSpec } from './container-spec.js';
import { type Draft, upstreamReady } from './draft.js';
import { confOf, holdsUnreadableCopy, type NodeWork } from './node-work.js';
import type { Step } from './plan.js';
import { planAttachments } from './return.js';
import { allSetAside, planSetAside } from './set-aside.js';

/** A container that doesn't run, with its redis.conf, and its start. */
export function planCreation(draft: Draft, work: NodeWork, cause: string): void {
  const { topology, node, existing } = work;
  const base = { resource: containerName(topology.name, node.name), cause, node: node.name };
  // Whoever created it may have been killed before the second network.
  if (existing?.container && work.change.way !== 'recreate')
    planAttachments(draft, work.observed, existing, work.address);
  else planContainer(draft, work, base);
  if (existing && existing.server === null) {
    planSetAside(draft, topology.name, existing, work.master, null);
  }
  draft.push({
    ...base,
    id: `configure ${node.name}`,
    after: [
      ...draft.of(node.name, 'stopContainer', 'createContainer'),
      ...authorityReady(draft, topology),
      ...draft.ofKind('setConfig'),
    ],
    ...confOf(draft, work),
  });
  // A master that came back before its turn is started twice.
  const again = draft.of(node.name, 'startContainer').length > 0 ? ' again' : '';
  draft.push({
    ...base,
    id: `start ${node.name}${again}`,
    after: [
      ...draft.of(node.name, 'writeConfig', 'setAside', 'attachNetwork', 'connectNetwork'),
      ...(node.upstream === null ? allSetAside(draft) : upstreamReady(draft, node)),
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
  const { topology, existing } = work;
  if (existing?.container) {
    const after = draft.of(base.node, 'stopContainer');
    draft.push({ ...base, id: `remove ${base.node}`, after, kind: 'removeContainer' });
  }
  const storage = topology.dir === null ? planVolumes(draft, work) : planFolders(draft, work);
  pushContainer(draft, topology, base, {
    storage,
    spec: containerSpec(work),
    address: work.address,
  });
}

interface Made {
  readonly storage: readonly Step[];
  readonly spec: ContainerSpec;
  /** Its own on the replication network; null for none. */
  readonly address: string | null;
}

/** A container of a node or a sentinel, on both networks of its topology. */
export function pushContainer(
  draft: Draft,
  { name, image }: Pick<Topology, 'name' | 'image'>,
  base: ContainerStep,
  { storage, spec, address }: Made,
): void {
  const { node } = base;
  const [control, replication] = networksOf(name);
  draft.push({
    ...base,
    id: `create ${node}`,
    after: [
      ...draft.on(image, 'pullImage'),
      ...draft.on(control, 'createNetwork'),
      ...storage,
      ...draft.of(node, 'removeContainer'),
      ...draft.on(base.resource, 'removeStray'),
    ],
    kind: 'createContainer',
    spec,
  });
  // A step of its own: the engine makes networks one after the other, and nothing else needs the second.
  draft.push({
    ...base,
    id: `attach ${node}`,
    after: [...draft.on(replication, 'createNetwork'), ...draft.of(node, 'createContainer')],
    kind: 'attachNetwork',
    network: replication,
    aliases: [node],
    address,
  });
}

function planVolumes(draft: Draft, work: NodeWork): Step[] {
  const { topology, node, port, existing } = work;
  const wanted = volumesOf(topology.name, node.name).filter(
    ({ role }) => role === 'conf' || node.dataBytes === undefined,
  );
  return wanted.flatMap(({ name, role }) => {
    const there = existing?.volumes.includes(role) ?? false;
    const discarded = there && role === 'data' && holdsUnreadableCopy(work);
    if (discarded) planDiscard(draft, node, name);
    if (there && !discarded) return [];
    return draft.push({
      id: `createVolume ${name}`,
      after: draft.on(name, 'removeVolume'),
      kind: 'createVolume',
      resource: name,
      cause: discarded ? 'for a new copy' : 'missing',
      labels: volumeLabels(topology.name, node.name, role, port),
    });
  });
}

/** Not before there is somebody to copy from again. */
function planDiscard(draft: Draft, node: TopologyNode, volume: string): void {
  draft.push({
    id: `removeVolume ${volume}`,
    after: [...draft.of(node.name, 'removeContainer'), ...upstreamReady(draft, node)],
    kind: 'removeVolume',
    resource: volume,
    cause: 'a copy in a newer format than the image reads',
  });
}

function planFolders(draft: Draft, { topology, node, observed }: NodeWork): Step[] {
  const missing = foldersOf(topology.dir ?? '', node.name).filter(
    (folder) => !observed.folders.has(folder),
  );
  return missing.map((folder) => {
    const id = `createFolder ${folder}`;
    return draft.push({ id, after: [], kind: 'createFolder', resource: folder, cause: 'missing' });
  });
}
