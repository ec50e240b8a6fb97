/**
 * The failover drill on a topology that is there, or on a fresh one. Whatever happens on the way,
 * the topology is healed at the end, by the caller.
 */
import type { LiveTopology } from '../live/live-topology.js';
import type { Limits } from '../redis/wait.js';
import { sleep } from '../sleep.js';
import type { KillMasterReport } from './account.js';
import type { Step } from './drill.js';
import { type FailoverOptions, FailoverRun } from './failover-run.js';
import type { Ledger } from './ledger.js';
import { findHealthy } from './old-topology.js';
import { ActStage } from './stage.js';
import { Timeline, type TimelineEvent } from './timeline.js';

export interface KillMasterOptions extends FailoverOptions {
  /** Names this run's keys: `rrepl:drill:<run>:<writer>`. */
  readonly run: string;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly onEvent?: (event: TimelineEvent) => void;
  /** How many writes have been begun, a few times a second while the load runs. */
  readonly onWrites?: (writes: number) => void;
  /** Moments at which a test may step in. */
  readonly hooks?: {
    readonly beforeKill?: Hook;
    /** The master is dead; nobody has been promoted or restarted. */
    readonly afterKill?: Hook;
    /** The recovery is done, and the load goes on. */
    readonly afterRecovery?: Hook;
    readonly afterConvergence?: Hook;
  };
}

export interface DrillMoment {
  readonly live: LiveTopology;
  readonly master: string;
  readonly ledger: Ledger;
}

type Hook = (drill: DrillMoment) => Promise<void>;

export interface Drilled {
  readonly report: KillMasterReport;
  /** Every write, for those who want to look for themselves. */
  readonly ledger: Ledger;
}

const WRITES_EVERY_MS = 200;

/**
 * Runs the drill on a healthy topology. Rejects with `FailedError` if it isn't one, with
 * `UsageError` if the drill can only fail, or with what went wrong on the way: then the caller
 * heals.
 */
export async function killMaster(
  live: LiveTopology,
  options: KillMasterOptions,
  limits: Limits,
): Promise<Drilled> {
  const { onEvent, onWrites, hooks = {}, run } = options;
  const old = await findHealthy(live);
  const master = old.master.name;
  const failover = new FailoverRun(options, old);
  const { ledger } = failover;
  const rest = (ms: number) => sleep(ms, limits.signal);
  const timeline = new Timeline(onEvent);
  const { server } = old.facts;
  const stage = new ActStage({ ...limits, live, server, master, timeline, run });
  const hook = (work: Hook | undefined) => work?.({ live, master, ledger });
  const telling = setInterval(() => onWrites?.(ledger.size), WRITES_EVERY_MS);
  const take = (step: Step) => step.run(stage);
  try {
    await take(failover.begin);
    await rest(options.beforeMs);
    await hook(hooks.beforeKill);
    await take(failover.kill);
    await hook(hooks.afterKill);
    await take(failover.recover);
    await hook(hooks.afterRecovery);
    await rest(options.afterMs);
    await take(failover.end);
    await hook(hooks.afterConvergence);
    await take(failover.account);
  } finally {
    clearInterval(telling);
    await stage.end();
  }
  return { report: failover.report, ledger };
}
