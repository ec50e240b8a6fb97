/**
 * The election oracle: what Sentinel will do if a master fails now, before it does it. Pure. The
 * rules are those of src/sentinel.c, the same in redis 6.0, 7.0, 8.0 and valkey 8.1 (run on all four):
 *
 * | a failover needs | rule |
 * |---|---|
 * | a sentinel that finds the master down | one that still reaches it never does |
 * | `quorum` of them, out of TILT, that reach each other | `sentinelCheckObjectivelyDown`; in TILT a sentinel says "not down" and begins nothing for 30 s, but votes |
 * | votes of more than half of all sentinels that the leader knows, dead ones too, and of `quorum` at least | `sentinelGetLeader`: a low quorum elects nobody |
 * | rights on the servers | `sentinelSendSlaveOf`: MULTI, SLAVEOF, CONFIG REWRITE, CLIENT KILL, EXEC in one transaction |
 * | no try within 2 × failover-timeout, its own or one it voted for | `sentinelStartFailoverIfNeeded`; one that succeeded counts no more |
 * | an eligible replica | `choice.ts`; without one it tries again each 2 × failover-timeout |
 */
import { duration, plural } from '../format.js';
import { votesNeeded } from '../topology/votes.js';
import { type Choice, chooseReplica, type LeftOut } from './choice.js';
import type { ElectionFacts, ElectionSentinel, Failure, FailureKind } from './facts.js';
import { type Times, timesOf } from './times.js';

export type Obstacle =
  | 'master-answers'
  | 'no-sentinel'
  | 'quorum'
  | 'majority'
  | 'rights'
  | 'no-good-replica';

export interface Election {
  /** The new master and why; null if there will be none. */
  readonly elected: Choice | null;
  readonly obstacle: Obstacle | null;
  /** Why there is no failover, in words; null if there is one. */
  readonly because: string | null;
  /** What the sentinels that see it come to without a failover: `s_down`, `o_down` or nothing. */
  readonly reaches: 'up' | 's_down' | 'o_down' | 'failover';
  /** Null if there is no failover. */
  readonly times: Times | null;
  /** What holds it up beyond down-after, in words; null if nothing does. */
  readonly heldUp: string | null;
  /** Replicas that will not be promoted whatever comes, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Replicas that are pointed to the new master. */
  readonly following: readonly string[];
  /** The failed master goes on as a master beside the new one: it hangs or is cut off. */
  readonly twoMasters: boolean;
}

const TILT_MS = 30_000;

export function predictElection(facts: ElectionFacts, failures: readonly Failure[]): Election {
  const { master, sentinels } = facts;
  const its = failures.find(({ nodes }) => nodes.includes(master));
  const islands = islandsOf(facts, failures);
  const alive = sentinels.filter(({ name }) => islands.get(name) !== undefined);
  const blind = alive.filter(({ name }) => islands.get(name) !== islands.get(master));
  if (alive.length === 0) return none('no-sentinel', 'no sentinel is left', 'up');
  if (blind.length === 0) {
    const why = its === undefined ? 'does not fail' : 'is reached by every sentinel that is left';
    return none('master-answers', `${master} ${why}`, 'up');
  }
  const downAfterMs = Math.min(...blind.map((it) => it.downAfterMs));
  if (its?.backMs !== undefined && its.backMs < downAfterMs) {
    const why = `${master} is back before down-after (${duration(downAfterMs)}) has passed`;
    return none('master-answers', why, 'up');
  }
  const how = its?.how ?? 'cut';
  const reaches = (from: string, to: string) =>
    islands.get(to) !== undefined && islands.get(from) === islands.get(to);
  const tries = blind.map((leader) => tryAs(leader, { facts, how, blind, reaches }));
  const first = best(tries);
  const isHeldUp = first.heldUp === TILT_WORDS;
  const spoiled = isHeldUp && tries.some(({ obstacle }) => obstacle === 'no-good-replica');
  return spoiled ? delayed(first) : first;
}

/** One that may be elected in its place finds no replica eligible, and each such try delays the next. */
function delayed(election: Election): Election {
  if (election.times === null) return election;
  const { from } = election.times.firstWrite;
  const firstWrite = { from, to: Number.POSITIVE_INFINITY };
  const heldUp = `${TILT_WORDS}; one that leaves it finds no replica eligible, and each try that it leads delays the next by 2 × failover-timeout`;
  return { ...election, heldUp, times: { ...election.times, firstWrite } };
}

/** Who still reaches whom: nodes of one island do. A dead one, and a hung one, is on none. */
function islandsOf({ master, sentinels, replicas }: ElectionFacts, failures: readonly Failure[]) {
  const islands = new Map<string, number>();
  for (const { name } of [...sentinels, ...replicas]) islands.set(name, 0);
  islands.set(master, 0);
  for (const [at, { how, nodes }] of failures.entries()) {
    for (const node of nodes) {
      if (how === 'cut') islands.set(node, at + 1);
      else islands.delete(node);
    }
  }
  return islands;
}

interface Situation {
  readonly facts: ElectionFacts;
  readonly how: FailureKind;
  /** Sentinels that live and do not reach the master. */
  readonly blind: readonly ElectionSentinel[];
  readonly reaches: (from: string, to: string) => boolean;
}

/** What comes if this sentinel is the one that leads. */
function tryAs(leader: ElectionSentinel, { facts, how, blind, reaches }: Situation): Election {
  const { name, peers, quorum, downAfterMs } = leader;
  const near = blind.filter((it) => peers.includes(it.name) && reaches(name, it.name));
  const agree = near.length + 1;
  const known = peers.length + 1;
  if (agree < quorum) {
    return none(
      'quorum',
      `${agree} of the ${quorum} that the quorum asks for find it down`,
      's_down',
    );
  }
  const votes = votesNeeded(known, quorum);
  if (agree < votes) {
    const why = `${plural(agree, 'vote')} of ${known}, and a leader needs ${votes}, whatever the quorum is`;
    return none('majority', why, 'o_down');
  }
  if (leader.lacks.length > 0) {
    const why = `its user lacks ${leader.lacks.map((right) => `+${right}`).join(' ')} on the servers`;
    return none('rights', why, 'o_down');
  }
  const tilt = tiltHold(leader, near, quorum);
  const retry = retryHold(leader);
  const heldUpMs = Math.max(tilt, retry);
  const sdownMs = Math.max(downAfterMs, tiltLeft(leader));
  const replicas = facts.replicas.filter((replica) => leader.replicas.includes(replica.name));
  const look = { downAfterMs, sdownMs, reaches: (replica: string) => reaches(name, replica) };
  const { chosen, leftOut } = chooseReplica(replicas, look);
  if (chosen === null) return { ...noReplica(leftOut), leftOut };
  const following = replicas
    .map((replica) => replica.name)
    .filter((replica) => replica !== chosen.replica && look.reaches(replica));
  const { parallelSyncs } = leader;
  return {
    elected: chosen,
    obstacle: null,
    because: null,
    reaches: 'failover',
    times: timesOf({ how, downAfterMs, heldUpMs, parallelSyncs, following: following.length }),
    heldUp: heldUpMs <= downAfterMs ? null : tilt >= retry ? TILT_WORDS : RETRY_WORDS,
    leftOut,
    following,
    twoMasters: how !== 'kill',
  };
}

const TILT_WORDS = 'sentinels in TILT do nothing for 30 s';
const RETRY_WORDS = 'the last try was less than 2 × failover-timeout ago';

const tiltLeft = ({ tiltMs }: ElectionSentinel): number =>
  tiltMs === null ? 0 : Math.max(0, TILT_MS - tiltMs);

/** Until the leader and enough of the others are out of TILT. */
function tiltHold(
  leader: ElectionSentinel,
  near: readonly ElectionSentinel[],
  quorum: number,
): number {
  const others = near.map(tiltLeft).toSorted((one, other) => one - other);
  return Math.max(tiltLeft(leader), others[quorum - 2] ?? 0);
}

const retryHold = ({ sinceAttemptMs, failoverTimeoutMs }: ElectionSentinel): number =>
  sinceAttemptMs === null ? 0 : Math.max(0, 2 * failoverTimeoutMs - sinceAttemptMs);

function noReplica(leftOut: readonly LeftOut[]): Election {
  const why = leftOut.map(({ replica, because }) => `${replica}: ${because}`).join('; ');
  return none('no-good-replica', why || 'it knows no replica', 'o_down');
}

const none = (obstacle: Obstacle, because: string, reaches: Election['reaches']): Election => ({
  elected: null,
  obstacle,
  because,
  reaches,
  times: null,
  heldUp: null,
  leftOut: [],
  following: [],
  twoMasters: false,
});

const STAGES = ['up', 's_down', 'o_down', 'failover'] as const;

/** Whoever gets furthest decides, and of those that fail over the first. */
function best(tries: readonly Election[]): Election {
  const began = ({ times }: Election) => times?.firstWrite.from ?? Number.POSITIVE_INFINITY;
  const [first] = tries.toSorted(
    (one, other) =>
      STAGES.indexOf(other.reaches) - STAGES.indexOf(one.reaches) || began(one) - began(other),
  );
  if (first === undefined) throw new Error('no sentinel tried');
  return first;
}
