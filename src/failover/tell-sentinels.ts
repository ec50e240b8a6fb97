/** Sentinels that are told of a master that rrepl has promoted: none of them undoes it then. */
import { FailedError } from '../errors.js';
import {
  askSentinel,
  type Monitoring,
  monitorAnew,
  type Place,
  type SentinelFacts,
  type SentinelPlace,
  sayHello,
} from '../redis/sentinel.js';
import { highestEpoch } from '../redis/sentinel-settled.js';
import { type Limits, waitUntil } from '../redis/wait.js';
import { eachOf, type Missing } from './promote.js';
import type { SentinelLink } from './settle-sentinels.js';

export interface Telling extends Limits {
  readonly topology: string;
  readonly sentinels: readonly SentinelLink[];
  /** All that the topology has, those that don't answer too: one is told in another one's name. */
  readonly known: readonly SentinelPlace[];
  /** A server that is a master already: else they would fail over again. */
  readonly master: Place;
  /** Before a sentinel begins anew: until the master has that many replicas, because it is asked for them only every 10 s. How it logs in. */
  readonly prepareAnew: (sentinel: string, replicas: number) => Promise<Monitoring['settings']>;
}

const LOOK_MS = 5;
const AGREE_MS = 5000;

/** Returns those that don't answer or don't agree: they learn it from the others. */
export async function tellSentinels(telling: Telling): Promise<Missing[]> {
  const { sentinels, topology } = telling;
  const found = await Promise.all(
    sentinels.map(async (it) => ({
      link: it,
      facts: await askSentinel(it.redis, topology).catch(() => null),
    })),
  );
  const epoch = highestEpoch(found.map(({ facts }) => facts)) + 1;
  const named = found.map(({ link, facts }) => ({ name: link.redis.name, link, facts }));
  return eachOf(named, async ({ link, facts }) => {
    if (facts === null) throw new FailedError('it does not answer');
    if (facts.master === null) throw new FailedError('it monitors nothing');
    await tellOne(telling, link, facts, epoch);
    await agreement(telling, link);
  });
}

/** In the name of another one; a sentinel that is alone has none, and begins anew. */
async function tellOne(
  { topology: name, known, master, prepareAnew }: Telling,
  link: SentinelLink,
  facts: SentinelFacts,
  epoch: number,
): Promise<void> {
  const from = known.find(({ id }) => id !== link.id);
  if (from !== undefined) return sayHello(link.redis, { from, name, master, epoch });
  const fields = facts.master?.fields;
  const kept = ['down-after-milliseconds', 'failover-timeout', 'parallel-syncs'].flatMap((it) => {
    const value = fields?.get(it);
    return value === undefined ? [] : [[it, value] as const];
  });
  const quorum = facts.master?.quorum ?? 1;
  const login = await prepareAnew(link.redis.name, facts.replicas.length);
  const settings = [...login, ...kept];
  await monitorAnew(link.redis, { name, master, quorum, settings });
}

async function agreement(
  { topology, master, deadline, signal }: Telling,
  { redis }: SentinelLink,
): Promise<void> {
  const until = performance.now() + Math.min(AGREE_MS, deadline.remainingMs());
  const look = async () => {
    const facts = await askSentinel(redis, topology);
    if (facts.master?.host === master.host) return true;
    if (performance.now() > until) throw new FailedError(`it names ${facts.master?.host} still`);
    return undefined;
  };
  const describe = () => `${redis.name} to name ${master.host}`;
  await waitUntil(look, { deadline, signal, everyMs: LOOK_MS, describe });
}
