/**
 * The failover drill: load, SIGKILL of the master, recovery, and then an account of every
 * acknowledged write. Whatever happens on the way, the topology is healed at the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailedError } from '../errors.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { describeResync, linesAfter, type Resync } from '../live/resyncs.js';
import { upstreamName } from '../live/upstream-name.js';
import { askNode } from '../redis/ask.js';
import { NoReplyError, type RedisNode, ReplyError } from '../redis/node.js';
import { passBarrier, waitForLink } from '../redis/probes.js';
import type { Limits } from '../redis/wait.js';
import { check, type Findings } from './checker.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import { presumed, readBack, removeLists, samePresence } from './read-back.js';
import { findReady } from './ready.js';
import {
  type Outcome,
  recoverByPromotion,
  recoverByRestart,
  recoverNothing,
  type Scene,
} from './recoveries.js';
import { Sampler } from './sampler.js';
import { Timeline, type TimelineEvent } from './timeline.js';
import { type Judgement, judge, type Promises, readPromises } from './verdict.js';

export type Recovery = 'promote' | 'restart' | 'none';

export interface KillMasterOptions {
  readonly recover: Recovery;
  readonly writers: number;
  readonly ratePerSecond: number | null;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly wait: number;
  readonly seed: number;
  readonly maxLoss: number | null;
  /** Names this run's keys: `rrepl:drill:<run>:<writer>`. */
  readonly run: string;
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

export interface KillMasterReport extends Findings, Judgement {
  readonly drill: 'kill-master';
  readonly topology: string;
  readonly seed: number;
  readonly recover: Recovery;
  readonly wait: number;
  readonly downtimeMs: number | null;
  /** From the death of the master (connections cut) to the first acknowledged write. */
  readonly failoverMs: number | null;
  readonly killed: string;
  readonly promoted: string | null;
  readonly timeline: readonly TimelineEvent[];
  readonly resyncs: readonly Resync[];
  /** How often all nodes were asked who is master; and when two of them would have taken writes. */
  readonly samples: number;
  readonly twoMasters: number;
}

export interface Drilled {
  readonly report: KillMasterReport;
  /** Every write, for those who want to look for themselves. */
  readonly ledger: Ledger;
}

const RECOVERIES = {
  promote: recoverByPromotion,
  restart: recoverByRestart,
  none: recoverNothing,
} as const satisfies Record<Recovery, (scene: Scene) => Promise<Outcome>>;

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
    const scene: Scene = { live, ready, load, sampler, timeline, limits, killing };
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
    live.nodes.map(async ({ name, redis }) => {
      if (name === survivor) return;
      const address = now.nodes.find((node) => node.name === name)?.address;
      const { replication } = await askNode(redis);
      const upstream = replication.link && upstreamName(live.observed.nodes, replication.link);
      const above = live.nodes.find((node) => node.name === upstream);
      if (above === undefined)
        throw new FailedError(`${name} replicates from no node of ${live.name}`);
      await waitForLink(above.redis, redis, { ...limits, addresses: address ? [address] : [] });
      await passBarrier(master.redis, redis, limits);
      timeline.note('in sync', name);
    }),
  );
}

interface Account {
  readonly scene: Scene;
  readonly outcome: Outcome;
  readonly options: KillMasterOptions;
  readonly promises: Promises;
  readonly ledger: Ledger;
  readonly deathMs: number;
}

async function account(account: Account): Promise<KillMasterReport> {
  const { scene, outcome, options, promises, ledger, deathMs } = account;
  const { live, ready, sampler, timeline } = scene;
  const { run, seed } = options;
  const readable = live.nodes.filter(
    ({ name }) => options.recover !== 'none' || name !== ready.master.name,
  );
  const presences = await readAll(readable, run, seed, ledger);
  const found = presences.find(({ node }) => node === outcome.survivor);
  // Nothing is known of what could not be read: the writes are presumed to be there.
  const survivor = found ?? presumed(outcome.survivor, ledger);
  const samples = sampler.offsets.filter(
    ({ node, id }) => node === ready.master.name && id === ready.facts.replication.id,
  );
  const cut = outcome.cut === null ? null : { offset: outcome.cut, samples };
  const findings = check(ledger, survivor, { atMs: deathMs, cut });
  const resyncs = options.recover === 'none' ? [] : await describeResyncs(scene, outcome);
  const defects = [
    ...sampler.conflicts.map(
      ({ atMs, masters }) => `two masters at ${atMs.toFixed(1)} ms: ${masters.join(' and ')}`,
    ),
    ...presences
      .filter((presence) => options.recover !== 'none' && !samePresence(presence, survivor))
      .map(({ node }) => `${node} holds other writes than ${survivor.node}`),
    ...unexpectedFull(resyncs, scene, options.recover),
  ];
  const times = writerTimes(ledger, deathMs);
  if (times.firstAckMs !== null)
    timeline.note('first write acknowledged', outcome.survivor, times.firstAckMs);
  // Without a master nobody takes the deletion: then the lists expire by themselves.
  const holder = live.nodes.find(({ name }) => name === outcome.survivor);
  if (holder && found && options.recover !== 'none')
    await removeLists(holder.redis, run, ledger.writers);
  return {
    drill: 'kill-master',
    topology: live.name,
    ...judge({
      findings,
      promises,
      maxLoss: options.maxLoss,
      deathMs,
      defects,
      readable: found !== undefined,
    }),
    seed,
    recover: options.recover,
    wait: options.wait,
    ...findings,
    ...times.report,
    killed: ready.master.name,
    promoted: outcome.promoted,
    timeline: [...timeline.events].sort((a, b) => a.atMs - b.atMs),
    resyncs,
    samples: sampler.rounds,
    twoMasters: sampler.conflicts.length,
  };
}

/** Of those that answer; a node that can't be read has been missed by `converge` already. */
async function readAll(nodes: readonly LiveNode[], run: string, seed: number, ledger: Ledger) {
  const presences = await Promise.all(
    nodes.map(({ redis }) =>
      readBack(redis, run, seed, ledger).catch((error) => {
        if (error instanceof NoReplyError || error instanceof ReplyError) return null;
        throw error;
      }),
    ),
  );
  return presences.filter((presence) => presence !== null);
}

/** As a writer saw it: the last acknowledgement before the death, the first of a write begun after it. */
function writerTimes(ledger: Ledger, deathMs: number) {
  let lastBefore: number | null = null;
  let firstAckMs: number | null = null;
  for (const { outcome, invokedMs, completedMs } of ledger.writes()) {
    if (outcome !== 'acknowledged') continue;
    if (completedMs <= deathMs) lastBefore = Math.max(lastBefore ?? 0, completedMs);
    else if (invokedMs >= deathMs) firstAckMs = Math.min(firstAckMs ?? completedMs, completedMs);
  }
  const since = (from: number | null): number | null =>
    from === null || firstAckMs === null ? null : Math.round((firstAckMs - from) * 10) / 10;
  return { firstAckMs, report: { downtimeMs: since(lastBefore), failoverMs: since(deathMs) } };
}

async function describeResyncs(scene: Scene, { survivor }: Outcome): Promise<Resync[]> {
  const { live, ready } = scene;
  const now = await live.observe();
  const logs = new Map<string, readonly string[]>();
  await Promise.all(
    now.nodes.map(async ({ name, container }) => {
      const log = container === null ? [] : await live.runtime.logTail(container.name, 'all');
      logs.set(name, linesAfter(log, ready.logMarks.get(name)));
    }),
  );
  return now.nodes
    .filter(({ name }) => name !== survivor)
    .map(({ name, address }) =>
      describeResync(name, {
        replica: logs.get(name) ?? [],
        upstream: logs.get(survivor) ?? [],
        address,
      }),
    );
}

/** The promoted node keeps the old replication id as its second, so the others resume from its backlog. */
function unexpectedFull(resyncs: readonly Resync[], { ready }: Scene, recover: Recovery): string[] {
  if (recover !== 'promote') return [];
  return resyncs
    .filter(({ node, kind }) => kind === 'full' && node !== ready.master.name)
    .map(
      ({ node, reason }) =>
        `${node} needed a full resync after the promotion: ${reason ?? 'no reason logged'}`,
    );
}
