/**
 * Sentinels: made and changed like nodes, but with nothing to lose on their disks. They begin to
 * monitor when all servers are in sync, and are settled when each sees all of them. Pure.
 */
import type { ConfigChange } from '../config/config-change.js';
import { renderSentinelConf, withSentinelRecord } from '../config/sentinel-conf.js';
import { networksOf, volumeLabels, volumesOf } from '../docker/labels.js';
import { containerName, foldersOf } from '../docker/names.js';
import type { EngineNode } from '../docker/topologies.js';
import { REDIS_PORT, type Sentinels } from '../topology/topology.js';
import { authorityReady, holderOf } from './authority.js';
import type { Draft } from './draft.js';
import type { Step, StepOf } from './plan.js';
import { planAttachments } from './return.js';
import { sentinelSpec } from './sentinel-spec.js';
import {
  monitoringOf,
  placeOf,
  recordOf,
  remembered,
  type SentinelWork,
  settingsOf,
} from './sentinel-work.js';

/** By addresses on the replication network. */
export interface Servers {
  readonly master: string;
  readonly replicas: readonly string[];
  /** What they are called. */
  readonly names: ReadonlyMap<string, string>;
}

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

/** After all that is planned for the servers, and for those that leave. */
export function planSettlement(
  draft: Draft,
  works: readonly SentinelWork[],
  sentinels: Sentinels,
  servers: Servers,
): void {
  const [first] = works;
  if (first === undefined) return;
  const { name: topology } = first.topology;
  const after = draft.all();
  for (const work of works) planMonitoring(draft, work, { works, sentinels, servers, after });
  const members = works.map((work) => ({
    node: work.node.name,
    ...placeOf(work),
    publishedPort: work.port,
  }));
  pushSettlement(draft, { topology, members, servers, quorum: sentinels.quorum });
}

/** A sentinel, as steps name it. */
interface Subject {
  readonly resource: string;
  readonly node: string;
  /** On this host. */
  readonly port: number;
}

export const subjectOf = (topology: string, node: string) => ({
  resource: containerName(topology, node),
  node,
});

export function pushReady(draft: Draft, subject: Subject, after: readonly Step[]): void {
  draft.push({
    ...subject,
    id: `ready ${subject.node}`,
    after,
    kind: 'waitReady',
    cause: 'a started container is not yet a sentinel that answers',
    as: 'sentinel',
  });
}

interface Change {
  readonly topology: string;
  readonly cause: string;
  readonly changes: readonly ConfigChange[];
  readonly after: readonly Step[];
}

/** Of one that runs. */
export function pushChange(draft: Draft, subject: Subject, change: Change): void {
  const { changes, ...its } = change;
  draft.push({
    ...subject,
    ...its,
    id: `set ${subject.node}`,
    kind: 'setSentinel',
    settings: settingsOf(changes),
  });
}

interface Settlement {
  readonly topology: string;
  readonly members: StepOf<'waitSettled'>['sentinels'];
  readonly servers: Servers;
  readonly quorum: number;
}

/** After all else. */
export function pushSettlement(draft: Draft, settlement: Settlement): void {
  const { topology, members, servers, quorum } = settlement;
  draft.push({
    id: 'settle sentinels',
    after: draft.all(),
    kind: 'waitSettled',
    resource: topology,
    cause: 'each must see all servers and all others',
    topology,
    sentinels: members,
    names: new Map([...servers.names, ...members.map(({ host, node }) => [host, node] as const)]),
    watched: {
      master: { host: servers.master, port: REDIS_PORT },
      replicas: servers.replicas,
      sentinels: members.map(({ host }) => host),
      quorum,
    },
  });
}

interface Settling {
  readonly works: readonly SentinelWork[];
  readonly sentinels: Sentinels;
  readonly servers: Servers;
  readonly after: readonly Step[];
}

function planMonitoring(draft: Draft, work: SentinelWork, settling: Settling): void {
  const { topology, access, node, port, change } = work;
  const { sentinels, servers, after } = settling;
  const why = whyAnew(draft, work, settling);
  if (why !== null) {
    draft.push({
      ...base(work, why),
      id: `monitor ${node.name}`,
      after,
      kind: 'monitor',
      port,
      access,
      monitoring: monitoringOf(work, sentinels, servers.master),
    });
  }
  if (change.way !== 'set') return;
  if (why === null) {
    const subject = { ...subjectOf(topology.name, node.name), port };
    const { cause, settings: changes } = change;
    pushChange(draft, subject, { topology: topology.name, cause, changes, after });
  }
  draft.push({
    ...base(work, change.cause),
    id: `record ${node.name}`,
    after: [...after, ...draft.of(node.name, 'monitor', 'setSentinel')],
    kind: 'changeSentinelConf',
    port,
    topology: topology.name,
    changes: [],
    record: recordOf(work),
  });
}

/**
 * Sentinel forgets nobody by itself, and asks for new replicas only every 10 s; of an empty file it
 * knows nothing. Null if it knows whom it should.
 */
function whyAnew(
  draft: Draft,
  { node, existing }: SentinelWork,
  { works, servers }: Settling,
): string | null {
  if (existing === undefined || draft.of(node.name, 'writeSentinelConf').length > 0) {
    return 'it knows no master yet';
  }
  const { master, ...known } = remembered(existing);
  if (master === null) return 'it knows no master yet';
  const all = [servers.master, ...servers.replicas];
  if (!all.includes(master)) return `it monitors ${master}, which is none of the servers`;
  const addresses = works.map(({ address }) => address);
  const strange = [
    ...known.replicas.filter((it) => !all.includes(it)),
    ...known.sentinels.filter((it) => !addresses.includes(it)),
  ];
  if (strange.length > 0) return `it remembers ${strange.join(', ')}, and never forgets`;
  const missing = all.filter((it) => it !== master && !known.replicas.includes(it));
  return missing.length === 0 ? null : `it would know ${missing.join(', ')} in up to 10 s`;
}

const base = ({ topology, node }: SentinelWork, cause: string) => ({
  ...subjectOf(topology.name, node.name),
  cause,
});

function planCreation(draft: Draft, work: SentinelWork): void {
  const { topology, access, node, existing, change, address, observed, user } = work;
  const { name } = topology;
  const its = base(work, change.cause || 'missing');
  const [control, replication] = networksOf(name);
  if (existing?.container && change.way !== 'recreate') {
    planAttachments(draft, observed, existing, address);
  } else {
    if (existing?.container) {
      draft.push({ ...its, id: `remove ${node.name}`, after: [], kind: 'removeContainer' });
    }
    draft.push({
      ...its,
      id: `create ${node.name}`,
      after: [
        ...draft.on(topology.image, 'pullImage'),
        ...draft.on(control, 'createNetwork'),
        ...planStorage(draft, work),
        ...draft.of(node.name, 'removeContainer'),
        ...draft.on(its.resource, 'removeStray'),
      ],
      kind: 'createContainer',
      spec: sentinelSpec(work),
    });
    draft.push({
      ...its,
      id: `attach ${node.name}`,
      after: [...draft.on(replication, 'createNetwork'), ...draft.of(node.name, 'createContainer')],
      kind: 'attachNetwork',
      network: replication,
      aliases: [node.name],
      address,
    });
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
