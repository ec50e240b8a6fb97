/** Where the key of a topology's authority lies: apart from what servers can read. Pure. */
import { authorityLabels } from '../docker/labels.js';
import {
  AUTHORITY_FOLDER,
  authorityFolder,
  authorityVolume,
  containerName,
} from '../docker/names.js';
import type { ContainerSpec } from '../docker/runtime.js';
import type { ObservedForWish } from '../observe/observed.js';
import { REDIS_PORT, type Topology } from '../topology/topology.js';
import type { Draft } from './draft.js';
import type { Step } from './plan.js';
import type { Wanted } from './wanted.js';

/** The container through which it is reached; null without TLS. It never runs. */
export function holderOf(
  { topology, access }: Pick<Wanted, 'topology' | 'access'>,
  observed: ObservedForWish,
): ContainerSpec | null {
  if (!access?.authority) return null;
  const { name, image, dir } = topology;
  const place =
    dir === null
      ? ({ kind: 'volume', source: authorityVolume(name) } as const)
      : ({ kind: 'folder', source: authorityFolder(dir) } as const);
  return {
    name: authorityVolume(name),
    image,
    command: [observed.image?.command[0] ?? 'redis-server'],
    user: dir === null ? null : observed.owner,
    labels: authorityLabels(name),
    mounts: [{ ...place, target: AUTHORITY_FOLDER }],
    networks: [],
    publish: { hostIps: [], hostPort: 0, containerPort: REDIS_PORT },
    stopTimeoutS: 0,
    restart: 'no',
    capabilities: [],
    memoryBytes: null,
    cpus: null,
  };
}

const storageOf = ({ name, dir }: Topology): string =>
  dir === null ? authorityVolume(name) : authorityFolder(dir);

const storageReady = (draft: Draft, topology: Topology): Step[] =>
  draft.on(storageOf(topology), 'createVolume', 'createFolder');

/** What must be done before a certificate is made. */
export const authorityReady = (draft: Draft, topology: Topology): Step[] => [
  ...storageReady(draft, topology),
  ...draft.ofKind('keepAuthority'),
];

/** A key that is new, or that the first versions left on the nodes, is put where it belongs. */
export function planAuthority(draft: Draft, wanted: Wanted, observed: ObservedForWish): void {
  const { topology } = wanted;
  const holder = holderOf(wanted, observed);
  const authority = wanted.access?.authority;
  if (holder === null || !authority) return;
  planStorage(draft, topology, observed);
  if (authority.key === null) return;
  draft.push({
    id: 'keepAuthority',
    after: [...draft.on(topology.image, 'pullImage'), ...storageReady(draft, topology)],
    kind: 'keepAuthority',
    resource: authorityVolume(topology.name),
    cause: 'no server may read it',
    authority,
    holder,
  });
}

function planStorage(draft: Draft, topology: Topology, observed: ObservedForWish): void {
  const { name, dir } = topology;
  const resource = storageOf(topology);
  const base = { after: [], cause: 'missing', resource };
  if (dir !== null && !observed.folders.has(resource)) {
    draft.push({ ...base, id: `createFolder ${resource}`, kind: 'createFolder' });
  }
  if (dir === null && !observed.volumes.some((volume) => volume.name === resource)) {
    const id = `createVolume ${resource}`;
    draft.push({ ...base, id, kind: 'createVolume', labels: authorityLabels(name) });
  }
}

/** From the node that is asked for it last: until then a run that was broken off begins anew. */
export function planKeyRemoval(
  draft: Draft,
  { name, nodes }: Topology,
  observed: ObservedForWish,
): void {
  if (!observed.access?.authority?.key) return;
  const after = draft.all();
  const first = observed.nodes[0]?.name;
  const inOrder = [...nodes].sort((a, b) => Number(a.name === first) - Number(b.name === first));
  for (const { name: node } of inOrder) {
    draft.push({
      id: `dropKey ${node}`,
      after: node === first ? draft.all() : after,
      kind: 'dropKey',
      resource: containerName(name, node),
      cause: "no server may read the authority's key",
      node,
    });
  }
}
