/**
 * A failover under load as steps: the load, SIGKILL of the master, recovery, and then an account
 * of every acknowledged write. `kill-master` takes them one after the other; drills put their
 * own faults between them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailedError } from '../errors.js';
import { containerOf, type LiveTopology, serversOf } from '../live/live-topology.js';
import { markLogs } from '../live/log-marks.js';
import { whileRunning } from '../live/server-exit.js';
import { upstreamName } from '../observe/upstream-name.js';
import { askNode } from '../redis/ask.js';
import type { RedisNode } from '../redis/node.js';
import { passBarrier, waitForLink } from '../redis/probes.js';
import type { Limits } from '../redis/wait.js';
import type { Tap } from '../stream/tap.js';
import { type AccountOptions, account, type KillMasterReport } from './account.js';
import type { Salvaging } from './change-master.js';
import type { WriteCounts } from './checker.js';
import type { Step } from './drill.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import { findHealthy, type OldTopology } from './old-topology.js';
import { type Outcome, RECOVERIES, type Scene, type WatchedScene } from './recoveries.js';
import { refuseImpossible } from './refuse-impossible.js';
import { Sampler } from './sampler.js';
import type { Stage } from './stage.js';
import { tapMaster } from './tap-master.js';
import { type Promises, readPromises } from './verdict.js';

export interface FailoverOptions extends Omit<AccountOptions, 'run'> {
  readonly writers: number;
  readonly ratePerSecond: number | null;
  /** The topology is one of rrepl's own, removed with its data when the drill is over. */
  readonly removedAfter: boolean;
  readonly salvaging: Salvaging | null;
}

interface Running {
  readonly scene: WatchedScene;
  /** In words, why the master has none. */
  readonly tap: Tap | string;
  readonly promises: Promises;
}

export class FailoverRun {
  /** Every write, for those who want to look for themselves. */
  readonly ledger: Ledger;
  readonly #options: FailoverOptions;
  readonly #old: OldTopology | null;
  #running: Running | null = null;
  #deathMs: number | null = null;
  #outcome: Outcome | null = null;
  #report: KillMasterReport | null = null;

  /** @param old the topology as it was found; `begin` looks where it isn't given. */
  constructor(options: FailoverOptions, old: OldTopology | null = null) {
    this.#options = options;
    this.#old = old;
    this.ledger = new Ledger(options.writers);
  }

  /** Fails if the topology is not healthy, or can't recover as it is to. */
  readonly begin: Step = {
    kind: 'write',
    says: 'load on the master',
    run: (stage) => this.#begin(stage),
  };

  /** Done at the moment of death, when connections are cut; the engine's call returns later. */
  readonly kill: Step = { kind: 'fault', says: 'SIGKILL the master', run: () => this.#kill() };

  readonly recover: Step = {
    kind: 'repair',
    says: 'recover',
    run: async () => {
      this.#outcome = await RECOVERIES[this.#options.recover](this.#scene());
    },
  };

  /** The load ends, and every node follows the survivor and has all that it has. */
  readonly end: Step = {
    kind: 'write',
    says: 'end the load',
    run: async () => {
      const { load, timeline } = this.#scene();
      await load.stop();
      timeline.note('load ends');
      if (this.#options.recover === 'none') return;
      await converge(this.#scene(), this.#survivor());
      timeline.note('all replicas in sync');
    },
  };

  readonly account: Step = {
    kind: 'show',
    says: 'account for the writes',
    run: async ({ run }) => {
      const { scene, promises, tap } = this.#run();
      await scene.sampler.stop();
      const options = { ...this.#options, run };
      this.#report = await account({
        ...{
          scene,
          promises,
          options,
          ledger: this.ledger,
          histories: typeof tap === 'string' ? tap : tap.histories,
        },
        outcome: this.#survivor(),
        deathMs: this.#deathMs ?? Number.POSITIVE_INFINITY,
      });
    },
  };

  get report(): KillMasterReport {
    if (this.#report === null) throw new FailedError('nobody has accounted for the writes');
    return this.#report;
  }

  counts(): WriteCounts {
    return this.report.writes;
  }

  async #begin(stage: Stage): Promise<void> {
    const { live, timeline } = stage;
    const { seed, ratePerSecond, wait, recover, removedAfter, salvaging } = this.#options;
    const old = this.#old ?? (await findHealthy(live));
    const master = old.master.name;
    await refuseImpossible(old, this.#options);
    const promises = await readPromises(old.master.redis, recover, wait);
    const logMarks = await markLogs(live);
    const tap = await tapMaster(old, stage);
    if (typeof tap !== 'string') stage.atEnd(() => tap.close());
    const { clock } = timeline;
    const sampler = new Sampler(
      live.nodes.map(({ name }) => live.connect(name)),
      clock,
    );
    const { ledger } = this;
    const { run } = stage;
    const { connect } = live;
    const standby = old.replicas.map(({ name }) => name);
    const settings = { run, seed, ratePerSecond, wait, ledger, clock, connect, standby };
    const load = new Load(master, settings);
    const killing = Promise.resolve();
    const limits = stage;
    const ends = { killing, removedAfter, salvaging };
    const scene = { ...old, logMarks, load, sampler, timeline, limits, ...ends };
    this.#running = { scene, promises, tap };
    stage.atEnd(async () => {
      // Until the engine's call has returned, a dead master still counts as running.
      await Promise.all([load.stop(), sampler.stop(), this.#scene().killing.catch(() => {})]);
    });
    timeline.note('load begins', master);
    sampler.start();
    load.start();
  }

  async #kill(): Promise<void> {
    const running = this.#run();
    const { scene } = running;
    const { live, load, sampler, timeline } = scene;
    const master = scene.master.name;
    const send = (): Promise<void> => {
      const killing = live.runtime.killContainer(containerOf(scene.master), 'SIGKILL');
      // Awaited much later; until then a failure must not count as unhandled.
      killing.catch(() => {});
      this.#running = { ...running, scene: { ...scene, killing } };
      return killing;
    };
    const deathMs = await kill(scene, send);
    this.#deathMs = deathMs;
    sampler.exclude(master);
    load.tellFirst(deathMs, (node, atMs) => timeline.note('first write acknowledged', node, atMs));
    load.pointTo(null);
  }

  #run(): Running {
    if (this.#running === null) throw new FailedError('the load has not begun');
    return this.#running;
  }

  #scene(): WatchedScene {
    return this.#run().scene;
  }

  #survivor(): Outcome {
    if (this.#outcome === null) throw new FailedError('nothing has recovered');
    return this.#outcome;
  }
}

/** Returns the moment of death: when the connections are cut. The engine's call returns later. */
export async function kill(
  {
    live,
    master: { name: master },
    timeline,
    limits,
  }: Pick<Scene, 'live' | 'master' | 'timeline' | 'limits'>,
  send: () => Promise<void>,
): Promise<number> {
  const pulse = live.connect(master);
  try {
    await pulse.call('PING');
    timeline.note('SIGKILL sent', master);
    await Promise.race([stopsAnswering(pulse, limits), failureOf(send())]);
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
async function converge({ live, limits, timeline }: Scene, { survivor }: Outcome): Promise<void> {
  const master = live.nodes.find(({ name }) => name === survivor);
  if (master === undefined) return;
  const now = await live.lookAgain();
  const others = live.nodes.filter(({ name }) => name !== survivor);
  await Promise.all(
    others.map(async (node) => {
      const { name, redis } = node;
      const address = now.nodes.find((it) => it.name === name)?.address;
      const { replication } = await askNode(redis);
      if (replication.role === 'master') throw new FailedError(isMasterToo(live, name, survivor));
      const upstream = replication.link && upstreamName(live.nodes, replication.link);
      const above = live.nodes.find((it) => it.name === upstream);
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

/** After they have elected one, the sentinels may find that one dead too. */
const isMasterToo = ({ sentinels }: LiveTopology, node: string, survivor: string): string =>
  sentinels.length > 0
    ? `the sentinels have failed over again, from ${survivor} to ${node}`
    : `${node} is a master too, beside ${survivor}`;
