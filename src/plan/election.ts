/**
 * While enough sentinels can take part, Sentinel decides who leads: rrepl promotes nobody then. It
 * waits for their choice, and brings back who was replaced as a replica. Pure.
 */
import { FailedError } from '../errors.js';
import { plural } from '../format.js';
import type { Observed, ObservedNode, ObservedSentinel } from '../observe/observed.js';
import { votesNeeded } from '../topology/votes.js';
import { answers } from './copies.js';
import { sentinelsIn } from './failover.js';
import type { Plan } from './plan.js';

export interface Watch {
  /** How many sentinels there are, how many can take part, and how many must. */
  readonly count: number;
  readonly living: number;
  readonly needed: number;
  /** Whom most of the living take for the master; undefined if that is none of the nodes. */
  readonly named: ObservedNode | undefined;
}

/** Null where there are no sentinels. */
export function watchOf({ sentinels, nodes }: Observed): Watch | null {
  if (sentinels.length === 0) return null;
  const living = sentinels
    .filter(isAttached)
    .flatMap(({ facts }) =>
      facts !== null && facts.master !== null && !facts.tilt ? [facts.master] : [],
    );
  const namings = ({ fixedAddress }: ObservedNode): number =>
    living.filter(({ host }) => host === fixedAddress).length;
  const [named] = nodes.filter((it) => namings(it) > 0).sort((a, b) => namings(b) - namings(a));
  const quorum = Math.max(0, ...living.map((it) => it.quorum));
  const needed = votesNeeded(sentinels.length, quorum);
  return { count: sentinels.length, living: living.length, needed, named };
}

/** One that is cut off answers rrepl, but no other sentinel: it stays with what it believes. */
const isAttached = ({ address }: Pick<ObservedSentinel, 'address'>): boolean => address !== null;

const canElect = ({ living, needed }: Watch): boolean => living >= needed;

/** The node that the sentinels take for the master; null where they decide nothing. */
export function electedIn(observed: Observed): string | null {
  const watch = watchOf(observed);
  return watch !== null && canElect(watch) ? (watch.named?.name ?? null) : null;
}

/** The plan that waits for an election: the master that they name is lost, and they can choose another. Null if there is none to wait for. */
export function awaitElection(observed: Observed): Plan | null {
  const watch = watchOf(observed);
  if (watch?.named === undefined || !canElect(watch)) return null;
  const { named } = watch;
  if (named.server?.replication.role === 'master') return null;
  const eligible = observed.nodes
    .filter(answers)
    .some(
      ({ server: { replication } }) => replication.role === 'replica' && replication.priority !== 0,
    );
  if (!eligible) return null;
  const { name: topology, nodes } = observed;
  const step = {
    id: 'await election',
    after: [],
    kind: 'awaitElection',
    resource: topology,
    cause: `${named.name} is lost, and the sentinels choose who takes its place`,
    topology,
    sentinels: sentinelsIn({ name: topology, sentinels: observed.sentinels.filter(isAttached) }),
    servers: nodes.flatMap(({ name, port, fixedAddress }) =>
      port === null || fixedAddress === null ? [] : [{ node: name, port, host: fixedAddress }],
    ),
  } as const;
  const note = `${named.name} is lost: the sentinels decide who leads, the rest is decided after that`;
  return { topology, steps: [step], first: [step], notes: [{ text: note }] };
}

/** @throws FailedError where sentinels decide, and where they can't and nobody has said that it is to be done by hand. */
export function refuseAgainstSentinels(
  observed: Observed,
  node: string | null,
  force: boolean,
): void {
  const watch = watchOf(observed);
  if (watch === null) return;
  const { name: topology } = observed;
  const { living, count, needed } = watch;
  const able = `${living} of ${plural(count, 'sentinel')} can take part`;
  if (canElect(watch)) {
    throw new FailedError(`the sentinels decide who leads: ${able}, and ${needed} are enough`, {
      about: { code: 'sentinels-decide', topology },
    });
  }
  if (force) return;
  throw new FailedError(`the sentinels can elect nobody: ${able}, and ${needed} must`, {
    about: { code: 'no-election', topology, node: node ?? 'replica' },
  });
}
