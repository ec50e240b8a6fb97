/** What each sentinel believes, and what of it isn't so. */
import type { ContainerState } from '../docker/runtime.js';
import { withNames } from '../failover/settle-sentinels.js';
import { plural } from '../format.js';
import { askSentinel, type SentinelFacts } from '../redis/sentinel.js';
import { highestEpoch, unsettled } from '../redis/sentinel-settled.js';
import { REDIS_PORT } from '../topology/topology.js';
import { votesNeeded } from '../topology/votes.js';
import { type LiveNode, type LiveTopology, nodeAt } from './live-topology.js';

export interface SentinelStatus {
  readonly name: string;
  readonly state: 'running' | 'paused' | 'stopped' | 'gone';
  readonly container: string | null;
  /** Where clients reach it from this host. */
  readonly address: string | null;
  /** The node that it takes for the master, or `host:port` if that is none of this topology. */
  readonly master: string | null;
  readonly quorum: number | null;
  /** Of the configuration that it has: one more with each failover. */
  readonly epoch: number | null;
  /** How many it knows. */
  readonly replicas: number | null;
  readonly otherSentinels: number | null;
  /** It trusts no clock and takes part in nothing for 30 s. */
  readonly tilt: boolean | null;
  /** What is wrong with it or with what it believes, in words. */
  readonly problem: string | null;
}

/** It answers rrepl still, over the other network. */
const CUT_OFF = 'it is cut off: it reaches neither servers nor other sentinels';

const STATES: Readonly<Partial<Record<ContainerState, SentinelStatus['state']>>> = {
  running: 'running',
  paused: 'paused',
  removing: 'gone',
};

/** Empty where there are none. @param master the node that is one; null if none or several are */
export async function readSentinels(
  live: LiveTopology,
  master: string | null,
): Promise<readonly SentinelStatus[]> {
  const answers = await Promise.all(live.sentinels.map((it) => ask(live, it)));
  const facts = answers.map((it) => (typeof it === 'string' ? null : it));
  return live.sentinels.map((sentinel, index) =>
    describe(live, sentinel, answers[index] ?? 'no answer', { facts, master }),
  );
}

async function ask({ name }: LiveTopology, { container, redis }: LiveNode) {
  if (container === null) return 'its container is gone';
  if (container.state !== 'running') return container.statusText;
  try {
    return await askSentinel(redis, name);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Among {
  readonly facts: readonly (SentinelFacts | null)[];
  readonly master: string | null;
}

function describe(
  live: LiveTopology,
  { name, container, port, address, fixedAddress }: LiveNode,
  answer: SentinelFacts | string,
  among: Among,
): SentinelStatus {
  const base = {
    name,
    state: container === null ? 'gone' : (STATES[container.state] ?? 'stopped'),
    container: container?.name ?? null,
    address: port === null ? null : `${live.runtime.publishedHost}:${port}`,
  } as const;
  if (typeof answer === 'string') {
    const nothing = { master: null, quorum: null, epoch: null, replicas: null };
    return { ...base, ...nothing, otherSentinels: null, tilt: null, problem: answer };
  }
  const { master, tilt } = answer;
  return {
    ...base,
    master: master && nameOf(live, master.host, master.port),
    quorum: master?.quorum ?? null,
    epoch: master?.configEpoch ?? null,
    replicas: answer.replicas.length,
    otherSentinels: answer.sentinels.length,
    tilt,
    problem: address === null ? CUT_OFF : problemOf(live, fixedAddress ?? '', answer, among),
  };
}

const nameOf = ({ nodes }: LiveTopology, host: string, port: number): string =>
  nodeAt(nodes, host) ?? `${host}:${port}`;

function problemOf(
  live: LiveTopology,
  own: string,
  facts: SentinelFacts,
  { facts: all, master }: Among,
): string | null {
  const hostOf = ({ fixedAddress }: LiveNode): string => fixedAddress ?? '';
  const leader = live.nodes.find(({ name }) => name === master);
  // Without one master there is nothing to compare with: what they name is what counts.
  const host = leader ? hostOf(leader) : (facts.master?.host ?? '');
  const wanted = {
    master: { host, port: REDIS_PORT },
    replicas: live.nodes.map(hostOf).filter((it) => it !== host),
    sentinels: live.sentinels.map(hostOf),
    quorum: mostCommon(all.flatMap((it) => it?.master?.quorum ?? [])),
  };
  const known = [...live.nodes, ...live.sentinels];
  const down = known.filter(({ state }) => state !== 'running').map(hostOf);
  const problem = unsettled(facts, own, wanted, highestEpoch(all), { down });
  const names = new Map(known.map((it) => [hostOf(it), it.name]));
  return problem && withNames(names, problem);
}

function mostCommon(values: readonly number[]): number {
  const times = (value: number) => values.filter((it) => it === value).length;
  return [...values].sort((a, b) => times(b) - times(a))[0] ?? 0;
}

type Able = Pick<SentinelStatus, 'quorum' | 'tilt' | 'problem'>;

/** Those that can take part in an election. */
export const ableAmong = <S extends Able>(sentinels: readonly S[]): S[] =>
  sentinels.filter(
    ({ quorum, tilt, problem }) => quorum !== null && tilt === false && problem !== CUT_OFF,
  );

/** Why no failover could succeed, in words; null if one could. */
export function electionProblem(sentinels: readonly Able[]): string | null {
  const able = ableAmong(sentinels);
  const quorum = Math.max(0, ...able.map((it) => it.quorum ?? 0));
  const needed = votesNeeded(sentinels.length, quorum);
  if (able.length >= needed) return null;
  return `no failover is possible: ${able.length} of ${plural(sentinels.length, 'sentinel')} can take part, and ${needed} must`;
}
