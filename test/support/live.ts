/** A topology as rrepl's own code sees it, for tests of what lies below the commands. */
import { upstreamIn } from '../../src/config/upstream.js';
import { connectEngine } from '../../src/docker/connect.js';
import { readMountedConfigs } from '../../src/docker/topologies.js';
import type { LiveNode, LiveTopology } from '../../src/live/live-topology.js';
import { openTopology } from '../../src/live/live-topology.js';
import { askNode } from '../../src/redis/ask.js';
import { connectNode } from '../../src/redis/ioredis-node.js';
import { passBarrier, waitForLink } from '../../src/redis/probes.js';
import { limits } from '../unit/redis/fake-node.js';

export const REDIS_TIMES = { connectTimeoutMs: 2000, replyTimeoutMs: 5000 };
const UNTIL_IN_SYNC_MS = 30_000;

export async function withLive<T>(
  topology: string,
  work: (live: LiveTopology) => Promise<T>,
): Promise<T> {
  const runtime = await connectEngine(undefined, process.env, new AbortController().signal);
  const live = await openTopology(
    runtime,
    async () =>
      ({ publishedHost: host }, name, port, access) =>
        connectNode({ name, host, port, access, ...REDIS_TIMES }),
    topology,
  );
  try {
    return await work(live);
  } finally {
    live.close();
  }
}

/** Throws if there isn't exactly one. */
export async function masterOf({ nodes }: LiveTopology): Promise<LiveNode> {
  const facts = await Promise.all(nodes.map(({ redis }) => askNode(redis)));
  const [master, ...more] = nodes.filter((_, at) => facts[at]?.replication.role === 'master');
  if (master === undefined || more.length > 0) throw new Error(`${1 + more.length} masters`);
  return master;
}

export const othersThan = (master: string, { nodes }: LiveTopology): LiveNode[] =>
  nodes.filter(({ name }) => name !== master);

/** All other nodes replicate from this one, and have all that it has now. */
export async function inSync(live: LiveTopology, master: LiveNode): Promise<void> {
  const until = limits(UNTIL_IN_SYNC_MS);
  await Promise.all(
    othersThan(master.name, live).map(async ({ redis, address }) => {
      await waitForLink(master.redis, redis, { ...until, addresses: address ? [address] : [] });
      await passBarrier(master.redis, redis, until);
    }),
  );
}

/** The upstream that each node's mounted redis.conf names; null for a master. */
export async function rolesInFiles(live: LiveTopology): Promise<Record<string, string | null>> {
  const texts = await readMountedConfigs(live.runtime, live.nodes);
  return Object.fromEntries([...texts].map(([name, text]) => [name, upstreamIn(text)]));
}
