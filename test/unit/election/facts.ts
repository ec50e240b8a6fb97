import type {
  ElectionFacts,
  ElectionReplica,
  ElectionSentinel,
} from '../../../src/election/facts.js';

const NAMES = ['sentinel-1', 'sentinel-2', 'sentinel-3'];

export const sentinel = (
  name: string,
  differs: Partial<ElectionSentinel> = {},
): ElectionSentinel => ({
  name,
  peers: NAMES.filter((it) => it !== name),
  replicas: ['redis-2', 'redis-3'],
  quorum: 2,
  downAfterMs: 1000,
  failoverTimeoutMs: 180_000,
  parallelSyncs: 2,
  tiltMs: null,
  sinceAttemptMs: null,
  lacks: [],
  ...differs,
});

export const replica = (name: string, differs: Partial<ElectionReplica> = {}): ElectionReplica => ({
  name,
  priority: 100,
  offset: 5000,
  runId: name,
  linkDownMs: 0,
  down: false,
  disconnected: false,
  sincePongMs: 300,
  sinceInfoMs: 4000,
  ...differs,
});

/** A master, two replicas, three sentinels; `all` is said of each sentinel. */
export const facts = (
  all: Partial<ElectionSentinel> = {},
  replicas: readonly ElectionReplica[] = [replica('redis-2'), replica('redis-3')],
): ElectionFacts => ({
  master: 'redis-1',
  sentinels: NAMES.map((name) => sentinel(name, all)),
  replicas,
});
