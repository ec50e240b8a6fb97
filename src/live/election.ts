/** What the sentinels of a topology see, as the election oracle wants it. */
import type { ElectionFacts, ElectionReplica, ElectionSentinel } from '../election/facts.js';
import { FailedError } from '../errors.js';
import { askNode, type InfoReply } from '../redis/ask.js';
import { askSentinel, type SentinelFacts, type SentinelView } from '../redis/sentinel.js';
import { type LiveNode, type LiveTopology, nodeAt } from './live-topology.js';

/** Fixed: what sentinels call a node, dead or alive. */
type Named = Pick<LiveNode, 'name' | 'fixedAddress'>;

export interface SeenSentinel {
  readonly name: string;
  /** Null if it does not answer, and for one that is cut off: it hears no other. */
  readonly facts: SentinelFacts | null;
}

export interface Seen {
  readonly nodes: readonly Named[];
  readonly sentinels: readonly (SeenSentinel & Named)[];
  /** What the servers that answer say, by name. */
  readonly servers: ReadonlyMap<string, InfoReply>;
}

/** Null where no sentinels watch it. Rejects with `FailedError` if none of them answers. */
export async function readElection(live: LiveTopology): Promise<ElectionFacts | null> {
  if (live.sentinels.length === 0) return null;
  const [sentinels, servers] = await Promise.all([
    Promise.all(
      live.sentinels.map(async (node) => ({
        ...node,
        facts:
          node.address === null ? null : await askSentinel(node.redis, live.name).catch(() => null),
      })),
    ),
    Promise.all(
      live.nodes.map(
        async ({ name, redis }) => [name, await askNode(redis).catch(() => null)] as const,
      ),
    ),
  ]);
  const answers = servers.flatMap(([name, info]) => (info === null ? [] : [[name, info] as const]));
  return electionFacts({ nodes: live.nodes, sentinels, servers: new Map(answers) });
}

/** Pure. Those that do not answer take part in nothing, and their peers count them. */
export function electionFacts({ nodes, sentinels, servers }: Seen): ElectionFacts {
  const all = [...nodes, ...sentinels];
  const nameOf = (host: string) => nodeAt(all, host) ?? host;
  const answering = sentinels.flatMap(({ name, facts }) =>
    facts?.master ? [{ name, facts, master: facts.master }] : [],
  );
  const [first] = answering;
  if (first === undefined) throw new FailedError('no sentinel answers that watches the master');
  const views = answering.flatMap(({ facts }) => facts.replicas);
  const known = [...new Set(views.map(({ host }) => host))];
  return {
    master: nameOf(first.master.host),
    sentinels: answering.map(({ name, facts, master }): ElectionSentinel => {
      const setting = (field: string) => Number(master.fields.get(field) ?? 0);
      return {
        name,
        peers: facts.sentinels.map(({ host }) => nameOf(host)),
        replicas: facts.replicas.map(({ host }) => nameOf(host)),
        quorum: master.quorum,
        downAfterMs: setting('down-after-milliseconds'),
        failoverTimeoutMs: setting('failover-timeout'),
        parallelSyncs: setting('parallel-syncs'),
        tiltMs: facts.tilt ? 0 : null,
        sinceAttemptMs: null,
        lacks: [],
      };
    }),
    replicas: known.map((host) => {
      const name = nameOf(host);
      const its = views.filter((view) => view.host === host);
      return replicaFacts(name, its, servers.get(name));
    }),
  };
}

/** What it says itself is newer than what sentinels have of it. */
function replicaFacts(
  name: string,
  views: readonly SentinelView[],
  info: InfoReply | undefined,
): ElectionReplica {
  const least = (field: string) =>
    Math.min(...views.map(({ fields }) => Number(fields.get(field) ?? 0)));
  const all = (flag: string) => views.every(({ flags }) => flags.includes(flag));
  const [view] = views;
  const { replication, server } = info ?? {};
  return {
    name,
    priority: replication?.priority ?? least('slave-priority'),
    offset: replication?.offset ?? least('slave-repl-offset'),
    runId: server?.runId ?? view?.runId ?? '',
    linkDownMs:
      replication?.link?.downSeconds != null
        ? replication.link.downSeconds * 1000
        : least('master-link-down-time'),
    down: all('s_down'),
    disconnected: all('disconnected'),
    sincePongMs: least('last-ok-ping-reply'),
    sinceInfoMs: least('info-refresh'),
  };
}
