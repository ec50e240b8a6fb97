/**
 * When the parts of a failover come, as ranges in milliseconds after the failure. Pure.
 *
 * | part | source | after down-after |
 * |---|---|---|
 * | `s_down` | the first PING without an answer is as old as down-after (`sentinelCheckSubjectivelyDown`) | 0 to 0.15 s |
 * | `o_down` | the others are asked each second, and at once (`sentinelAskMasterStateToOtherSentinels`) | 0.05 to 0.3 s |
 * | leader elected | votes come with the answers (`sentinelGetLeader`), looked at ten times a second | 0.1 to 0.4 s |
 * | first write | SLAVEOF NO ONE follows at once | 0.25 to 0.6 s |
 * | the other sentinels name it | by its hello, each 2 s | 1.0 to 1.8 s |
 * | the leader names it | when the last replica has been pointed to it, which it sees by INFO once a second | 2.0 to 2.9 s, 1 s more for each further `parallel-syncs` of them |
 *
 * Measured on 6.0 and 8.0 with down-after 0.5, 1 and 5 s, on 7.0 and valkey 8.1 with 1 s; no version
 * differed. Where nobody is told (a hang, a cut) the first such PING comes up to a ping period later:
 * 1 s, or down-after if that is less. A machine that is busy adds to all of them, and so do two
 * sentinels that try at once and split the votes: the lower limits are Sentinel's, the upper ones those
 * of a calm machine.
 */
import type { FailureKind } from './facts.js';

/** Milliseconds; `to` is infinite where nobody can tell how often it will be tried. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Times {
  readonly sdown: Range;
  readonly odown: Range;
  readonly elected: Range;
  /** From then on the new master takes writes. */
  readonly firstWrite: Range;
  /** The sentinels that were not elected tell clients of it. */
  readonly othersName: Range;
  /** So does the one that was: until then it names the dead one. */
  readonly leaderNames: Range;
}

const PING_PERIOD_MS = 1000;

const AFTER_DOWN = {
  sdown: { from: 0, to: 150 },
  odown: { from: 50, to: 300 },
  elected: { from: 100, to: 400 },
  firstWrite: { from: 250, to: 600 },
  othersName: { from: 1000, to: 1800 },
  leaderNames: { from: 2000, to: 2900 },
} as const satisfies Times;

const ROUND_MS = 1000;

export interface Pace {
  readonly how: FailureKind;
  readonly downAfterMs: number;
  /** Until enough sentinels may act at all: TILT, or a failover that was tried before. */
  readonly heldUpMs: number;
  readonly parallelSyncs: number;
  /** Replicas that follow the new master. */
  readonly following: number;
}

export function timesOf({ how, downAfterMs, heldUpMs, parallelSyncs, following }: Pace): Times {
  const unnoticedMs = how === 'kill' ? 0 : Math.min(PING_PERIOD_MS, downAfterMs);
  const after = ({ from, to }: Range): Range => ({
    from: Math.max(downAfterMs, heldUpMs) + from,
    to: Math.max(downAfterMs + unnoticedMs, heldUpMs) + to,
  });
  const moreRounds = Math.max(0, Math.ceil(following / Math.max(1, parallelSyncs)) - 1);
  const leader = after(AFTER_DOWN.leaderNames);
  return {
    sdown: after(AFTER_DOWN.sdown),
    odown: after(AFTER_DOWN.odown),
    elected: after(AFTER_DOWN.elected),
    firstWrite: after(AFTER_DOWN.firstWrite),
    othersName: after(AFTER_DOWN.othersName),
    leaderNames: { from: leader.from, to: leader.to + moreRounds * ROUND_MS },
  };
}

/** `1.3 to 1.6 s` */
export const rangeText = ({ from, to }: Range): string =>
  Number.isFinite(to) ? `${seconds(from)} to ${seconds(to)} s` : `${seconds(from)} s or later`;

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
