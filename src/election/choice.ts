/**
 * Which replica a leader promotes (`sentinelSelectSlave`, `compareSlavesForPromotion`,
 * src/sentinel.c), the same in redis 6.0, 7.0, 8.0 and valkey 8.1. Pure.
 *
 * Left out is a replica
 *
 * | that | rule |
 * |---|---|
 * | fails with the master, or is out of the leader's reach | no connection |
 * | is `s_down` or `disconnected` | |
 * | sent no PONG or no INFO for 5 s | five ping periods |
 * | has priority 0 | |
 * | has had no link for longer than 10 × down-after, and the time since the leader found the master down | |
 *
 * Of the others the lowest priority wins, then the highest offset, then the run id that sorts first.
 */
import { count } from '../format.js';
import type { ElectionReplica } from './facts.js';

const STALE_MS = 5000;

export type ChoiceRule = 'only' | 'priority' | 'offset' | 'run-id';

export interface Choice {
  readonly replica: string;
  readonly rule: ChoiceRule;
  /** `its higher offset (+1,204 B)` */
  readonly because: string;
}

export interface LeftOut {
  readonly replica: string;
  /** `its priority is 0` */
  readonly because: string;
}

export interface Look {
  /** The leader's. */
  readonly downAfterMs: number;
  /** How long after the failure the leader finds the master down. */
  readonly sdownMs: number;
  /** Replicas that it knows and reaches. */
  readonly reaches: (replica: string) => boolean;
}

/** `chosen` is null where every replica is left out. */
export function chooseReplica(
  replicas: readonly ElectionReplica[],
  look: Look,
): { readonly chosen: Choice | null; readonly leftOut: readonly LeftOut[] } {
  const judged = replicas.map((replica) => ({ replica, because: obstacle(replica, look) }));
  const leftOut = judged.flatMap(({ replica, because }) =>
    because === null ? [] : [{ replica: replica.name, because }],
  );
  const [best, second] = judged
    .flatMap(({ replica, because }) => (because === null ? [replica] : []))
    .toSorted(byPreference);
  return { chosen: best === undefined ? null : choiceOf(best, second), leftOut };
}

function obstacle(
  replica: ElectionReplica,
  { downAfterMs, sdownMs, reaches }: Look,
): string | null {
  if (!reaches(replica.name)) return 'it is out of reach';
  if (replica.down) return 'it is down';
  if (replica.disconnected) return 'it is disconnected';
  if (replica.sincePongMs > STALE_MS) return 'it has not answered a PING for 5 s';
  if (replica.priority === 0) return 'its priority is 0';
  if (replica.sinceInfoMs > STALE_MS + INFO_PERIOD_MS) return 'it has not answered INFO for 5 s';
  // Both grow from the failure on, at the same pace.
  if (replica.linkDownMs + sdownMs > 10 * downAfterMs + NOTICED_MS) {
    return 'its link has been down for longer than 10 × down-after';
  }
  return null;
}

/** Once the master is found down INFO comes each second; until then an answer may be this old. */
const INFO_PERIOD_MS = 10_000;
/** A replica counts whole seconds, and finds its link down after the master's end. */
const NOTICED_MS = 1000;

const byPreference = (one: ElectionReplica, other: ElectionReplica): number =>
  one.priority - other.priority ||
  other.offset - one.offset ||
  (one.runId.toLowerCase() < other.runId.toLowerCase() ? -1 : 1);

function choiceOf(best: ElectionReplica, second: ElectionReplica | undefined): Choice {
  const replica = best.name;
  if (second === undefined) return { replica, rule: 'only', because: 'it is the only one left' };
  if (best.priority !== second.priority) {
    const because = `its lower priority (${count(best.priority)}, not ${count(second.priority)})`;
    return { replica, rule: 'priority', because };
  }
  if (best.offset !== second.offset) {
    const because = `its higher offset (+${count(best.offset - second.offset)} B)`;
    return { replica, rule: 'offset', because };
  }
  return { replica, rule: 'run-id', because: 'its run id, which sorts first at the same offset' };
}
