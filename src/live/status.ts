/** What is true of a topology right now: asked from the engine and from every server. */
import { type Security, securityOf } from '../access/access.js';
import { urlOf } from '../access/url.js';
import type { ContainerState } from '../docker/runtime.js';
import { upstreamName } from '../observe/upstream-name.js';
import { askDatabases, askNode, type InfoReply } from '../redis/ask.js';
import { databasesProblem, linkProblem } from '../redis/link.js';
import { ReplyError } from '../redis/node.js';
import { type Health, healthOf } from './health.js';
import { type KeptAside, readKeptAside } from './kept-aside.js';
import { type LastSync, lastSync } from './last-sync.js';
import type { LiveNode, LiveTopology } from './live-topology.js';
import { loginRefusal } from './login-refusal.js';
import { type NextSync, nextSync } from './next-sync.js';
import { saveTrouble } from './save-trouble.js';
import { readSentinels, type SentinelStatus } from './sentinel-status.js';

/** One server as it is now. */
export interface NodeStatus {
  readonly name: string;
  /** As the server says; null if it could not be asked. */
  readonly role: 'master' | 'replica' | null;
  readonly state: 'running' | 'paused' | 'stopped' | 'gone';
  /** The node it replicates from, or `host:port` if that is none of this topology. */
  readonly upstream: string | null;
  readonly url: string | null;
  readonly container: string | null;
  /** Null on a master. Up only if both its sides say so. */
  readonly link: 'up' | 'down' | null;
  /** Bytes of the replication stream: written on a master, applied on a replica. */
  readonly offset: number | null;
  /** How far it is behind the master of its stream; null if that can't be told. */
  readonly lagBytes: number | null;
  readonly replicationId: string | null;
  readonly lastSync: LastSync | null;
  /** If its link breaks now, or when it comes back; null if that can't be told. */
  readonly nextSync: NextSync | null;
  /** Data of the node that were set aside before they would have been lost; null if none are. */
  readonly setAside: KeptAside | null;
  /** What is wrong with the node or its link, in words. */
  readonly problem: string | null;
}

/** The topology as it is now. */
export interface TopologyStatus {
  readonly topology: string;
  /** Of the one master that answers; null if there is none, or several. */
  readonly url: string | null;
  readonly security: Security;
  readonly health: Health;
  readonly nodes: readonly NodeStatus[];
  /** Absent where there are none. */
  readonly sentinels?: readonly SentinelStatus[];
}

const STATES: Readonly<Record<ContainerState, NodeStatus['state']>> = {
  running: 'running',
  // Between two starts, which its restart policy spaces out.
  restarting: 'stopped',
  paused: 'paused',
  created: 'stopped',
  exited: 'stopped',
  dead: 'stopped',
  removing: 'gone',
};

/** Enough for the last synchronisation to be in it, unless the server logs a lot. */
const LOG_LINES = 500;

type Answer =
  | { readonly facts: InfoReply; readonly databases: number | null }
  /** `reply`: the server's own, which was an error. */
  | { readonly problem: string; readonly reply?: true };

export interface StatusWish {
  /** Passwords in URLs; else they are masked. */
  readonly showSecrets?: boolean | undefined;
}

export async function readStatus(
  live: LiveTopology,
  { showSecrets = false }: StatusWish = {},
): Promise<TopologyStatus> {
  const [answers, logs, kept] = await Promise.all([
    askAll(live.nodes),
    Promise.all(live.nodes.map((node) => readLog(live, node))),
    Promise.all(live.nodes.map((node) => readKeptAside(live, node))),
  ]);
  const nodes = live.nodes.map((node, index) => ({
    ...describe(live, node, answers, logs[index] ?? []),
    url: url(live, node, showSecrets),
    setAside: kept[index] ?? null,
  }));
  const masters = nodes.filter(({ role }) => role === 'master');
  const master = masters.length === 1 ? masters[0] : undefined;
  const sentinels = await readSentinels(live, master?.name ?? null);
  return {
    topology: live.name,
    url: master?.url ?? null,
    security: securityOf(live.access),
    health: healthOf(nodes, sentinels),
    nodes,
    ...(sentinels.length > 0 && { sentinels }),
  };
}

function url({ runtime, access }: LiveTopology, { port }: LiveNode, showSecrets: boolean) {
  if (port === null) return null;
  return urlOf(runtime.publishedHost, port, access, showSecrets);
}

/** All at the same time. */
async function askAll(nodes: readonly LiveNode[]): Promise<Map<string, Answer>> {
  const entries = await Promise.all(
    nodes.map(async (node): Promise<[string, Answer]> => [node.name, await ask(node)]),
  );
  return new Map(entries);
}

async function ask({ redis, container }: LiveNode): Promise<Answer> {
  if (container === null) return { problem: 'its container is gone' };
  if (STATES[container.state] !== 'running') return { problem: container.statusText };
  try {
    const [facts, databases] = await Promise.all([askNode(redis), askDatabases(redis)]);
    return { facts, databases };
  } catch (error) {
    if (error instanceof ReplyError) return { problem: error.reply, reply: true };
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

async function readLog({ runtime }: LiveTopology, { container }: LiveNode): Promise<string[]> {
  if (container === null) return [];
  // A log that can't be read says nothing; what the servers say stands all the same.
  return runtime.logTail(container.name, LOG_LINES).catch(() => []);
}

function describe(
  live: LiveTopology,
  node: LiveNode,
  answers: ReadonlyMap<string, Answer>,
  log: readonly string[],
): Omit<NodeStatus, 'url' | 'setAside'> {
  const synced = lastSync(log);
  const { container } = node;
  const answer = answers.get(node.name);
  const base = {
    name: node.name,
    state: container === null ? 'gone' : STATES[container.state],
    container: container?.name ?? null,
  } as const;
  if (answer === undefined || 'problem' in answer) {
    const nothing = { role: null, upstream: null, link: null, offset: null, lagBytes: null };
    return {
      ...base,
      ...nothing,
      replicationId: null,
      lastSync: synced,
      nextSync: null,
      problem: answer?.problem ?? null,
    };
  }
  const { replication } = answer.facts;
  const upstream = replication.link && upstreamName(live.nodes, replication.link);
  const trouble = replication.link ? linkTrouble(node, upstream, answer.facts, answers) : null;
  const refusal = trouble === null ? null : loginRefusal(log);
  const broken = refusal === null ? trouble : `${trouble}: ${upstream} refuses it: ${refusal}`;
  const above = upstream === null ? undefined : answers.get(upstream);
  const otherDatabases =
    above && 'facts' in above ? databasesProblem(above.databases, answer.databases) : null;
  const problems = [broken, saveTrouble(answer.facts.persistence, log), otherDatabases];
  return {
    ...base,
    role: replication.role,
    upstream,
    link: replication.link === null ? null : trouble === null ? 'up' : 'down',
    offset: replication.offset,
    lagBytes: lag(answer.facts, answers),
    replicationId: replication.id,
    lastSync: replication.link === null ? null : synced,
    nextSync: above && 'facts' in above ? nextSync(replication, above.facts.replication) : null,
    problem: problems.filter((it) => it !== null).join('; ') || null,
  };
}

function linkTrouble(
  node: LiveNode,
  upstream: string | null,
  facts: InfoReply,
  answers: ReadonlyMap<string, Answer>,
): string | null {
  const above = upstream === null ? undefined : answers.get(upstream);
  if (above === undefined) return `its upstream ${upstream} is no node of this topology`;
  if ('problem' in above)
    return `its upstream ${upstream} ${above.reply ? `answers ${above.problem}` : 'does not answer'}`;
  const addresses = node.address === null ? [] : [node.address];
  return linkProblem(above.facts.replication, facts.replication, addresses) ?? null;
}

/** Offsets compare only under one replication id, so only with the master that has the same. */
function lag(facts: InfoReply, answers: ReadonlyMap<string, Answer>): number | null {
  const { id, offset, role } = facts.replication;
  if (role === 'master') return 0;
  const masters = [...answers.values()].flatMap((answer) =>
    'facts' in answer && answer.facts.replication.role === 'master'
      ? [answer.facts.replication]
      : [],
  );
  const master = masters.find((it) => it.id === id);
  return master === undefined ? null : Math.max(0, master.offset - offset);
}
