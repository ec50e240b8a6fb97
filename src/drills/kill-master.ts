/**
 * The failover drill: load, SIGKILL of the master, recovery, and then an account of every
 * acknowledged write. Whatever happens on the way, the topology is healed at the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailedError } from '../errors.js';
import { containerOf, type LiveTopology, serversOf } from '../live/live-topology.js';
import { whileRunning } from '../live/server-exit.js';
import { upstreamName } from '../live/upstream-name.js';
import { askNode } from '../redis/ask.js';
import type { RedisNode } from '../redis/node.js';
import { passBarrier, waitForLink } from '../redis/probes.js';
import type { Limits } from '../redis/wait.js';
import { type AccountOptions, account, type KillMasterReport } from './account.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import { findReady } from './ready.js';
import {
  type Outcome,
  RECOVERIES,
  type Recovery,
  refuseWithoutHeir,
  type Scene,
} from './recoveries.js';
import { Sampler } from './sampler.js';
import { Timeline, type TimelineEvent } from './timeline.js';
import { readPromises } from './verdict.js';

export interface KillMasterOptions extends AccountOptions {
  readonly writers: number;
  readonly ratePerSecond: number | null;
  readonly beforeMs: number;
  readonly afterMs: number;
  /** The topology is one of rrepl's own, removed with its data when the drill is over. */
  readonly removedAfter: boolean;
  readonly onEvent?: (event: TimelineEvent) => void;
  /** Moments at which a test may step in. */
  readonly hooks?: {
    readonly beforeKill?: (drill: DrillMoment) => Promise<void>;
    /** The master is dead; nobody has been promoted or restarted. */
    readonly afterKill?: (drill: DrillMoment) => Promise<void>;
    /** The recovery is done, and the load goes on. */
    readonly afterRecovery?: (drill: DrillMoment) => Promise<void>;
    readonly afterConvergence?: (drill: DrillMoment) => Promise<void>;
  };
}

export interface DrillMoment {
  readonly live: LiveTopology;
  readonly master: string;
  readonly ledger: Ledger;
}

export interface Drilled {
  readonly report: KillMasterReport;
  /** Every write, for those who want to look for themselves. */
  readonly ledger: Ledger;
}

/**
 * Runs the drill on a healthy topology. Rejects with `FailedError` if it isn't one, or with
 * what went wrong on the way: then the caller heals.
 */
export async function killMaster(
  live: LiveTopology,
  options: KillMasterOptions,
  limits: Limits,
): Promise<Drilled> {
  const ready = await findReady(live);
  if (options.recover === 'promote') await refuseWithoutHeir({ live, ready });
  const master = ready.master.name;
  const promises = await readPromises(ready.master.redis, options.recover, options.wait);
  const timeline = new Timeline(options.onEvent);
  const ledger = new Ledger(options.writers);
  const sampler = new Sampler(
    live.nodes.map(({ name }) => live.connect(name)),
    timeline.clock,
  );
  const { run, seed, ratePerSecond, wait } = options;
  const load = new Load(master, {
    run,
    seed,
    ratePerSecond,
    wait,
    ledger,
    clock: timeline.clock,
    connect: live.connect,
  });
  const moment: DrillMoment = { live, master, ledger };
  let killing = Promise.resolve();
  const strike = (): Promise<void> => {
    killing = live.runtime.killContainer(containerOf(ready.master), 'SIGKILL');
    // Awaited much later; until then a failure must not count as unhandled.
    killing.catch(() => {});
    return killing;
  };
  try {
    timeline.note('load begins', master);
    sampler.start();
    load.start();
    await sleep(options.beforeMs, undefined, { signal: limits.signal });
    await options.hooks?.beforeKill?.(moment);
    const deathMs = await kill(live, strike, { master, timeline, limits });
    sampler.exclude(master);
    load.pointTo(null);
    await options.hooks?.afterKill?.(moment);
    const { removedAfter } = options;
    const scene: Scene = { live, ready, load, sampler, timeline, limits, killing, removedAfter };
    const outcome = await RECOVERIES[options.recover](scene);
    await options.hooks?.afterRecovery?.(moment);
    await sleep(options.afterMs, undefined, { signal: limits.signal });
    await load.stop();
    timeline.note('load ends');
    await converge(scene, outcome, options.recover);
    timeline.note('all replicas in sync');
    await options.hooks?.afterConvergence?.(moment);
    await sampler.stop();
    const report = await account({ scene, outcome, options, promises, ledger, deathMs });
    return { report, ledger };
  } finally {
    // Until the engine's call has returned, a dead master still counts as running.
    await Promise.all([load.stop(), sampler.stop(), killing.catch(() => {})]);
  }
}

interface Kill {
  readonly master: string;
  readonly timeline: Timeline;
  readonly limits: Limits;
}

/** Returns the moment of death: when the connections are cut. The engine's call returns later. */
async function kill(
  live: LiveTopology,
  strike: () => Promise<void>,
  { master, timeline, limits }: Kill,
): Promise<number> {
  const pulse = live.connect(master);
  try {
    await pulse.call('PING');
    timeline.note('SIGKILL sent', master);
    await Promise.race([stopsAnswering(pulse, limits), failureOf(strike())]);
    return timeline.note('killed', master);
  } finally {
    pulse.close();
  }
}

async function stopsAnswering(pulse: RedisNode, { deadline, signal }: Limits): Promise<void> {
  while (deadline.remainingMs() > 0) {
    signal.throwIfAborted();
    try {
      await pulse.call('PING');
    } catch {
      return;
    }
    await sleep(1);
  }
  throw new FailedError('the master still answers after SIGKILL');
}

/** Never resolves: a kill that succeeded says nothing new. */
const failureOf = (work: Promise<unknown>): Promise<never> =>
  new Promise((_, reject) => {
    work.catch(reject);
  });

/** Every node follows the survivor, directly or through another, and has all that it has. */
async function converge(scene: Scene, { survivor }: Outcome, recover: Recovery): Promise<void> {
  const { live, limits, timeline } = scene;
  const master = live.nodes.find(({ name }) => name === survivor);
  if (recover === 'none' || master === undefined) return;
  const now = await live.observe();
  await Promise.all(
    live.nodes.map(async (node) => {
      const { name, redis } = node;
      if (name === survivor) return;
      const address = now.nodes.find((node) => node.name === name)?.address;
      const { replication } = await askNode(redis);
      const upstream = replication.link && upstreamName(live.observed.nodes, replication.link);
      const above = live.nodes.find((node) => node.name === upstream);
      if (above === undefined)
        throw new FailedError(`${name} replicates from no node of ${live.name}`);
      const addresses = address ? [address] : [];
      await whileRunning(live.runtime, serversOf(master, above, node), limits, async (it) => {
        await waitForLink(above.redis, redis, { ...it, addresses });
        await passBarrier(master.redis, redis, it);
      });
      timeline.note('in sync', name);
    }),
  );
}
