/** The containers of sentinels: made, changed and removed like those of nodes, but with nothing to lose on their disks. Pure. */
import { renderSentinelConf, withSentinelRecord } from '../config/sentinel-conf.js';
import { volumeLabels, volumesOf } from '../docker/labels.js';
import { containerName, foldersOf } from '../docker/names.js';
import type { EngineNode } from '../docker/topologies.js';
import { REDIS_PORT } from '../topology/topology.js';
import { authorityReady, holderOf } from './authority.js';
import { pushContainer } from './creation.js';
import type { Draft } from './draft.js';
import { planAttachments } from './return.js';
import { sentinelSpec } from './sentinel-spec.js';
import { recordOf, type SentinelWork } from './sentinel-work.js';
import { base, pushReady, subjectOf } from './sentinels.js';

/** Up to the moment at which each answers: nothing in it waits for a server. */
export function planSentinelNodes(draft: Draft, works: readonly SentinelWork[]): void {
  for (const work of works) {
    const { node, existing, change, topology } = work;
    const isBare = existing?.container == null || existing.state === 'created';
    if (isBare || change.way === 'recreate') planCreation(draft, work);
    else planComeback(draft, work);
    const after = draft.of(node.name, 'startContainer', 'unpauseContainer', 'connectNetwork');
    pushReady(draft, { ...subjectOf(topology.name, node.name), port: work.port }, after);
  }
}

function planCreation(draft: Draft, work: SentinelWork): void {
  const { topology, access, node, existing, change, address, observed, user } = work;
  const { name } = topology;
  const its = base(work, change.cause || 'missing');
  if (existing?.container && change.way !== 'recreate') {
    planAttachments(draft, observed, existing, address);
  } else {
    if (existing?.container) {
      draft.push({ ...its, id: `remove ${node.name}`, after: [], kind: 'removeContainer' });
    }
    const storage = planStorage(draft, work);
    pushContainer(draft, topology, its, { storage, spec: sentinelSpec(work), address });
  }
  const master = topology.nodes.find(({ upstream }) => upstream === null)?.name ?? '';
  const monitored = { name, host: master, port: REDIS_PORT };
  const text = renderSentinelConf(topology.sentinels?.template ?? '', name, node, monitored);
  draft.push({
    ...its,
    id: `configure ${node.name}`,
    after: [...draft.of(node.name, 'createContainer'), ...authorityReady(draft, topology)],
    kind: 'writeSentinelConf',
    otherHosts: work.otherHosts,
    text: withSentinelRecord(text, recordOf(work)),
    access,
    holder: holderOf(work, observed),
    user: user ?? (observed.image?.user || null),
  });
  draft.push({
    ...its,
    id: `start ${node.name}`,
    after: draft.of(node.name, 'writeSentinelConf', 'attachNetwork', 'connectNetwork'),
    kind: 'startContainer',
  });
}

function planStorage(draft: Draft, { topology, node, port, existing, observed }: SentinelWork) {
  const { name, dir } = topology;
  if (dir !== null) {
    const [folder] = foldersOf(dir, node.name);
    if (observed.folders.has(folder)) return [];
    const id = `createFolder ${folder}`;
    return [
      draft.push({ id, after: [], kind: 'createFolder', resource: folder, cause: 'missing' }),
    ];
  }
  if (existing?.volumes.includes('conf')) return [];
  const [conf] = volumesOf(name, node.name);
  return [
    draft.push({
      id: `createVolume ${conf.name}`,
      after: [],
      kind: 'createVolume',
      resource: conf.name,
      cause: 'missing',
      labels: volumeLabels(name, node.name, 'conf', port, 'sentinel'),
    }),
  ];
}

/** One that was made already: attached, awake, running, with what it reads at its start. */
function planComeback(draft: Draft, work: SentinelWork): void {
  const { node, existing, change, address, observed } = work;
  if (existing === undefined) return;
  const { state } = existing;
  // It holds no link that would have to be closed.
  planAttachments(draft, observed, { ...existing, port: null }, address);
  const attached = draft.of(node.name, 'attachNetwork', 'connectNetwork');
  if (state === 'paused') {
    const its = base(work, 'it is paused');
    draft.push({ ...its, id: `unpause ${node.name}`, after: attached, kind: 'unpauseContainer' });
  }
  const runs = state === 'running' || state === 'paused' || state === 'restarting';
  if (change.way === 'restart') {
    const its = base(work, change.cause);
    const awake = draft.of(node.name, 'unpauseContainer');
    if (runs) draft.push({ ...its, id: `stop ${node.name}`, after: awake, kind: 'stopContainer' });
    draft.push({
      ...its,
      id: `configure ${node.name}`,
      after: draft.of(node.name, 'stopContainer'),
      kind: 'changeSentinelConf',
      port: null,
      topology: work.topology.name,
      changes: change.settings,
      record: recordOf(work),
    });
  }
  if (runs && change.way !== 'restart') return;
  draft.push({
    ...base(work, change.cause || `it is ${state}`),
    id: `start ${node.name}`,
    after: [...attached, ...draft.of(node.name, 'stopContainer', 'changeSentinelConf')],
    kind: 'startContainer',
  });
}

/** Sentinels that are wanted no more; the others are to forget them after that. */
export function planSentinelRemovals(
  draft: Draft,
  topology: string,
  leaving: readonly EngineNode[],
): void {
  for (const { name, container, volumes, dir } of leaving) {
    const cause = 'wanted no more';
    const resource = containerName(topology, name);
    if (container !== null) {
      const id = `remove ${name}`;
      draft.push({ id, after: [], kind: 'removeContainer', resource, cause, node: name });
    }
    const after = draft.of(name, 'removeContainer');
    const [conf] = volumesOf(topology, name);
    if (volumes.includes('conf')) {
      const id = `removeVolume ${conf.name}`;
      draft.push({ id, after, kind: 'removeVolume', resource: conf.name, cause });
    }
    if (dir === null) continue;
    const [folder] = foldersOf(dir, name);
    draft.push({
      id: `removeFolder ${name}`,
      after,
      kind: 'removeFolder',
      resource: folder,
      cause,
    });
  }
}
