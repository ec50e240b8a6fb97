/** Sentinels that are told of a master that rrepl has promoted: none of them undoes it then. */
import { FailedError } from '../errors.js';
import {
  askSentinel,
  type Monitoring,
  monitorAnew,
  type Place,
  type SentinelFacts,
  type SentinelMaster,
  type SentinelPlace,
  type SentinelView,
  sayHello,
  settingsIn,
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
    const from = telling.known.find(({ id }) => id !== link.id);
    if (from === undefined) return beginAnew(telling, link, facts.master, facts.replicas.length);
    const { topology: name, master } = telling;
    await sayHello(link.redis, { from, name, master, epoch });
    await untilAgreed(telling, link, (told) => naming(told, master));
  });
}

/** One that is alone has no other in whose name it could be told. */
async function beginAnew(
  telling: Telling,
  link: SentinelLink,
  former: SentinelMaster,
  replicas: number,
): Promise<void> {
  const { topology: name, master, prepareAnew } = telling;
  const login = await prepareAnew(link.redis.name, replicas);
  const settings = [...login, ...settingsIn(former)];
  await monitorAnew(link.redis, { name, master, quorum: former.quorum, settings });
  await untilAgreed(telling, link, (told) => naming(told, master) ?? dialling(told));
}

/** What keeps it from agreeing; null if it does. */
const naming = ({ master }: SentinelFacts, { host }: Place): string | null =>
  master?.host === host ? null : `it names ${master?.host} still`;

/** Nobody else would say that it is mistaken: if it doesn't reach the master it fails over. */
function dialling({ master, replicas }: SentinelFacts): string | null {
  const isKnown = ({ flags, runId }: SentinelView) => flags.length === 1 && runId !== '';
  if (master === null || !isKnown(master)) return `its master is ${master?.flags} for it`;
  const open = replicas.find((it) => !isKnown(it) && !it.flags.includes('s_down'));
  return open === undefined ? null : `the replica ${open.host} is ${open.flags} for it`;
}

async function untilAgreed(
  { topology, master, deadline, signal }: Telling,
  { redis }: SentinelLink,
  problemOf: (facts: SentinelFacts) => string | null,
): Promise<void> {
  const until = performance.now() + Math.min(AGREE_MS, deadline.remainingMs());
  const look = async () => {
    const problem = problemOf(await askSentinel(redis, topology));
    if (problem === null) return true;
    if (performance.now() > until) throw new FailedError(problem);
    return undefined;
  };
  const describe = () => `${redis.name} to agree on ${master.host}`;
  await waitUntil(look, { deadline, signal, everyMs: LOOK_MS, describe });
}
