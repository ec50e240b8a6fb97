/**
 * Why a node's stream is what it is: its last synchronisation, from the logs of both sides; of a
 * master how it became one, and what its replicas' last ones were.
 */
import type { EngineNode } from '../docker/topologies.js';
import { upstreamName } from '../observe/upstream-name.js';
import type { LiveTopology } from './live-topology.js';
import type { NextSync } from './next-sync.js';
import { quotable as quotableOfReplica, replicaSide } from './replica-side.js';
import type { NodeStatus, TopologyStatus } from './status.js';
import { type SyncStory, syncStory } from './sync-story.js';
import { type LogLine, PROMOTED, readLog, SECOND_ID, STARTED } from './sync-words.js';
import { quotable as quotableOfUpstream } from './upstream-side.js';

/** The replicas that shared a BGSAVE are named here, where they are known. */
export interface NodeSync extends SyncStory {
  readonly node: string;
  readonly upstream: string | null;
}

export interface Accession {
  readonly how: 'promoted' | 'started';
  /** ISO 8601 */
  readonly at: string;
}

export interface Evidence {
  readonly node: string;
  readonly line: string;
}

/** Why a node got its data the way it did, and what its next sync will be. */
export interface Why {
  readonly topology: string;
  readonly node: string;
  readonly role: NodeStatus['role'];
  readonly upstream: string | null;
  readonly link: NodeStatus['link'];
  /** What is wrong now, in words. */
  readonly problem: string | null;
  /** How it became a master; null for a replica, or if its log doesn't say. */
  readonly masterSince: Accession | null;
  /** Its own last synchronisation, if its log holds one; of a master those of its replicas. */
  readonly syncs: readonly NodeSync[];
  readonly nextSync: NextSync | null;
  /** The lines that say so, oldest first. */
  readonly evidence: readonly Evidence[];
}

export type Logs = ReadonlyMap<string, readonly LogLine[]>;

export interface Known {
  readonly status: TopologyStatus;
  readonly nodes: readonly Pick<EngineNode, 'name' | 'address' | 'fixedAddress'>[];
  readonly logs: Logs;
}

/** Logs outlive a container's restarts; a new container has a new one. */
export async function readLogs({ nodes, runtime }: LiveTopology): Promise<Logs> {
  const entries = await Promise.all(
    nodes.map(async ({ name, container }) => {
      const lines = container === null ? [] : await runtime.logTail(container.name, 'all');
      return [name, readLog(lines)] as const;
    }),
  );
  return new Map(entries);
}

export function explain(node: NodeStatus, known: Known): Why {
  const { name, role, upstream, link, problem, nextSync } = node;
  const base = { topology: known.status.topology, node: name, role, upstream, link, problem };
  if (role !== 'master') {
    const told = tellSync(node, known);
    const syncs = told === null ? [] : [told.sync];
    return { ...base, masterSince: null, syncs, nextSync, evidence: inOrder(told?.quotes ?? []) };
  }
  const { masterSince, quotes: told } = tellAccession(name, known);
  const replicas = known.status.nodes.filter((it) => it.upstream === name);
  const syncs = replicas.flatMap((it) => tellSync(it, known)?.sync ?? []);
  return { ...base, masterSince, syncs, nextSync, evidence: inOrder(told) };
}

interface Quote extends LogLine {
  readonly node: string;
}

const quotes = (node: string, lines: readonly LogLine[]): Quote[] =>
  lines.map((line) => ({ node, ...line }));

const inOrder = (all: readonly Quote[]): Evidence[] =>
  all
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ node, text }) => ({ node, line: text }));

function tellAccession(name: string, { logs }: Known) {
  const log = logs.get(name) ?? [];
  const begin = log.findLastIndex(({ text }) => PROMOTED.test(text) || STARTED.test(text));
  const line = log[begin];
  if (line === undefined) return { masterSince: null, quotes: [] };
  const masterSince: Accession = {
    how: PROMOTED.test(line.text) ? 'promoted' : 'started',
    at: new Date(line.atMs).toISOString(),
  };
  const parted = log.slice(0, begin).findLast(({ text }) => SECOND_ID.test(text));
  const lines = masterSince.how === 'promoted' && parted ? [parted, line] : [line];
  return { masterSince, quotes: quotes(name, lines) };
}

/** Null if its log holds none. The upstream is the one it had then. */
function tellSync({ name, upstream: current }: NodeStatus, { nodes, logs }: Known) {
  const side = replicaSide(logs.get(name) ?? []);
  if (side === null) return null;
  const upstream = side.upstream === null ? current : upstreamName(nodes, side.upstream);
  const log = logs.get(upstream ?? '') ?? [];
  const address = nodes.find((it) => it.name === name)?.address ?? null;
  const story = syncStory(side, { log, address });
  return {
    sync: { node: name, upstream, ...story, rdb: story.rdb && named(story.rdb, nodes) },
    quotes: [
      ...quotes(name, quotableOfReplica(side)),
      ...quotes(upstream ?? '', quotableOfUpstream(address, log, side)),
    ],
  };
}

const named = (rdb: NonNullable<SyncStory['rdb']>, nodes: Known['nodes']) => ({
  ...rdb,
  sharedWith: rdb.sharedWith.map((it) => nodes.find(({ address }) => address === it)?.name ?? it),
});
