/**
 * What makes servers into sentinels: they begin to monitor when all servers are in sync, and are
 * settled when each sees all of them. Pure.
 */
import type { ConfigChange } from '../config/config-change.js';
import { containerName } from '../docker/names.js';
import { REDIS_PORT, type Sentinels } from '../topology/topology.js';
import type { Draft } from './draft.js';
import type { Step, StepOf } from './plan.js';
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

/** Why a sentinel is told of the master that remembers none. */
export const KNOWS_NONE = 'it knows no master yet';

type Beginning = Pick<StepOf<'monitor'>, 'cause' | 'access' | 'monitoring'> & {
  readonly after: readonly Step[];
};

/** Of one that runs. */
export function pushMonitor(draft: Draft, subject: Subject, beginning: Beginning): void {
  draft.push({ ...subject, ...beginning, id: `monitor ${subject.node}`, kind: 'monitor' });
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
  const subject = { ...subjectOf(topology.name, node.name), port };
  if (why !== null) {
    const { name } = topology;
    const monitoring = monitoringOf(name, servers.master, sentinels.quorum, node.directives);
    pushMonitor(draft, subject, { after, cause: why, access, monitoring });
  }
  if (change.way !== 'set') return;
  if (why === null) {
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
    return KNOWS_NONE;
  }
  const { master, ...known } = remembered(existing);
  if (master === null) return KNOWS_NONE;
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

/** What the steps of one have in common. */
export const base = ({ topology, node }: SentinelWork, cause: string) => ({
  ...subjectOf(topology.name, node.name),
  cause,
});
