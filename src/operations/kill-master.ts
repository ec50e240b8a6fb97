/** The failover drill, on a topology that is there or on a fresh one. */
import { randomBytes } from 'node:crypto';
import { withCleanUp } from '../clean-up.js';
import { listTopology } from '../docker/topologies.js';
import { type Drilled, type KillMasterOptions, killMaster as run } from '../drills/kill-master.js';
import { findHealthy, riskOfRestart } from '../drills/old-topology.js';
import { type Recovery, refuseRecovery, usualRecovery } from '../drills/recoveries.js';
import { refuseDemands } from '../drills/refuse-impossible.js';
import { UsageError } from '../errors.js';
import { healTopology } from '../execute/heal.js';
import { findNode } from '../live/find-node.js';
import type { LiveTopology } from '../live/live-topology.js';
import { readStatus } from '../live/status.js';
import { connector, observeAccess } from '../observe/reach.js';
import { refuseGone } from '../plan/gone.js';
import { Deadline } from '../redis/wait.js';
import type { Wish } from '../topology/load.js';
import type { Topology } from '../topology/topology.js';
import { tellMoved } from './failover.js';
import { removeFresh } from './fresh.js';
import { leftBehind, leftBroken } from './left-behind.js';
import { alone } from './lock.js';
import type { Engine, OperationOptions } from './operation.js';
import { tellOfOtherDrills } from './other-drills.js';
import { endInTime, type Run, startRun } from './run.js';
import { isThere } from './there.js';
import { withTopology } from './topology.js';
import { up } from './up.js';

export interface KillMasterInput {
  /**
   * The name of one that is there, or what to bring up for this and to take down after.
   * @internal
   */
  readonly topology: string | Wish;
  /** What follows the kill; `sentinel` where sentinels watch it, else `promote` if it isn't said. */
  readonly recover?: Recovery | undefined;
  /** Connections that write; 4 if it isn't said. */
  readonly writers?: number | undefined;
  /** Writes a second of all writers together; null, and if it isn't said: as many as they can. */
  readonly ratePerSecond?: number | null | undefined;
  /** Milliseconds of load before the kill; 2000 if it isn't said. */
  readonly beforeMs?: number | undefined;
  /** Milliseconds of load after the recovery; 3000 if it isn't said. */
  readonly afterMs?: number | undefined;
  /** Replicas that must confirm each write (WAIT); 0 if it isn't said. */
  readonly wait?: number | undefined;
  /** The same seed writes the same elements; 1 if it isn't said. */
  readonly seed?: number | undefined;
  /** How many acknowledged writes may be lost; what the settings promise if it isn't said. */
  readonly maxLoss?: number | undefined;
  /** Restart also where data would be lost that the drill did not write. */
  readonly mayLoseData?: boolean | undefined;
}

const UP_MS = 60_000;
const CONVERGENCE_MS = 60_000;
/** For healing and taking down, whatever became of the run's own time. */
const CLEAN_UP_MS = 120_000;

/**
 * Load, SIGKILL of the master, recovery, and an account of every acknowledged write. A topology
 * that is there is healed if the drill is broken off; a fresh one is removed. The drill has 60 s
 * beside its load. `timeoutMs` is for the whole of a drill on what is there, which is broken off
 * then; for a fresh topology it is what bringing it up has, 60 s if it isn't said.
 * @throws UsageError for what can only fail, and where data are at stake, before anything is broken.
 */
export async function killMaster(
  engine: Engine,
  input: KillMasterInput,
  options: OperationOptions = {},
): Promise<Drilled> {
  const begun = startRun(options, UP_MS);
  const { topology } = input;
  if (typeof topology === 'string') {
    const play = (run: Run) => drill(engine, topology, input, run);
    // Without a time of the caller's the drill has its own.
    if (options.timeoutMs === undefined) return play(begun);
    return endInTime(begun, 'the drill was not over', play);
  }
  const { name } = topology;
  refuseOnFresh(input, topology.resolve(null));
  await refuseIfThere(engine, name, begun);
  await tellOfOtherDrills(engine, begun);
  const upAndDrill = async () => {
    await up(engine, { wish: topology }, options);
    return drill(engine, name, { mayLoseData: true, ...input }, begun);
  };
  return withCleanUp(
    upAndDrill,
    () => removeFresh(engine, name, begun),
    (trouble) => begun.emit({ type: 'note', ...leftBehind(name, trouble) }),
  );
}

/** What can be told before there is anything; the rest is asked of the servers. */
function refuseOnFresh(input: KillMasterInput, wish: Topology): void {
  const watched = wish.sentinels?.nodes.length ?? 0;
  const { recover = usualRecovery(watched), wait = 0 } = input;
  refuseRecovery(recover, wish.name, watched);
  const master = wish.nodes.find(({ upstream }) => upstream === null);
  const setting = (name: string, otherwise: number): number =>
    Number(master?.directives.findLast((it) => it.name === name)?.args[0] ?? otherwise);
  // 10 s where nothing is said (redis.conf); 0 turns the guard off.
  const guards = setting('min-replicas-max-lag', 10) > 0;
  refuseDemands(
    { recover, wait },
    {
      replicas: wish.nodes.length - 1,
      attached: wish.nodes.filter(({ upstream }) => upstream === master?.name).length,
      leastReplicas: guards ? setting('min-replicas-to-write', 0) : 0,
    },
  );
}

/** What is there is somebody's: a fresh topology has a name of its own, because it is removed after. */
async function refuseIfThere(engine: Engine, name: string, { signal }: Run): Promise<void> {
  if (!(await isThere(engine, name, { signal }))) return;
  throw new UsageError(`the drill makes a topology of its own, and ${name} is there already`, {
    about: { code: 'already-there', topology: name },
  });
}

async function drill(
  engine: Engine,
  name: string,
  input: KillMasterInput,
  { signal, emit, salvageTo }: Run,
): Promise<Drilled> {
  const { beforeMs = 2000, afterMs = 3000, mayLoseData = false } = input;
  const isFresh = typeof input.topology !== 'string';
  const timeMs = beforeMs + afterMs + CONVERGENCE_MS;
  let began = false;
  let promoted: string | null = null;
  const settings: Omit<KillMasterOptions, 'recover'> = {
    ...{ beforeMs, afterMs },
    writers: input.writers ?? 4,
    ratePerSecond: input.ratePerSecond ?? null,
    wait: input.wait ?? 0,
    seed: input.seed ?? 1,
    maxLoss: input.maxLoss ?? null,
    removedAfter: isFresh,
    salvaging: isFresh || salvageTo === undefined ? null : { salvageTo, emit },
    run: randomBytes(4).toString('hex'),
    onEvent: (event) => {
      began = true;
      if (event.event === 'promoted') promoted = event.node;
      emit({ type: 'timeline', ...event });
    },
    onWrites: (writes) => emit({ type: 'writes', writes }),
  };
  const onTopology = async (live: LiveTopology): Promise<Drilled> => {
    const watched = live.sentinels.length;
    const { recover = usualRecovery(watched) } = input;
    refuseRecovery(recover, name, watched);
    if (recover === 'restart') await warnOfRestart(live, mayLoseData, emit);
    const drilled = await run(
      live,
      { ...settings, recover },
      { deadline: new Deadline(timeMs), signal },
    );
    if (promoted !== null && !isFresh) tellMoved(live, promoted, { emit });
    return drilled;
  };
  // What the engine was asked to do is done to its end, also after Ctrl-C: healing must not race it.
  const ends = { signal: AbortSignal.timeout(timeMs + CLEAN_UP_MS) };
  return alone(engine, name, { signal, emit }, async () => {
    try {
      return await withTopology(engine, name, ends, onTopology);
    } catch (error) {
      // A fresh topology is taken down anyway.
      if (began && !isFresh) {
        await healAfter(engine, name, { emit, salvageTo });
        if (promoted !== null) await tellWhoLeads(engine, name, emit);
      }
      throw error;
    }
  });
}

/** The run's signal may have ended, so healing has time of its own. */
async function healAfter(
  engine: Engine,
  name: string,
  { emit, salvageTo }: Pick<Run, 'emit' | 'salvageTo'>,
): Promise<void> {
  const tell = (text: string) => emit({ type: 'note', text });
  tell(`the drill was broken off: healing ${name}`);
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  try {
    const [runtime, connect] = await Promise.all([
      engine.connectRuntime(signal),
      engine.loadRedis(),
    ]);
    const access = await observeAccess(runtime, await listTopology(runtime, name));
    const { gone } = await healTopology(name, {
      ...{ runtime, access },
      creation: null,
      connect: connector(runtime, connect, name, access),
      deadline: new Deadline(CLEAN_UP_MS),
      ...{ signal, salvageTo },
      emit: (event) => {
        if (event.type === 'salvaged') emit(event);
      },
    });
    refuseGone(name, gone);
    tell(`${name} has one master and its replicas in sync`);
  } catch (error) {
    emit({ type: 'note', ...leftBroken(name, error) });
  }
}

/** Since the drill was broken off, another one may. Nothing is told where that can't be said. */
async function tellWhoLeads(engine: Engine, name: string, emit: Run['emit']): Promise<void> {
  const limits = { signal: AbortSignal.timeout(CLEAN_UP_MS) };
  await withTopology(engine, name, limits, async (live) => {
    tellMoved(live, findNode(await readStatus(live), 'master').name, { emit });
  }).catch(() => {});
}

async function warnOfRestart(
  live: LiveTopology,
  mayLoseData: boolean,
  emit: Run['emit'],
): Promise<void> {
  const old = await findHealthy(live);
  const risk = await riskOfRestart(old);
  if (risk === null) return;
  if (!mayLoseData) {
    throw new UsageError(risk, {
      about: { code: 'restart-loses', topology: live.name, node: old.master.name },
    });
  }
  emit({ type: 'note', text: `danger: ${risk}` });
}
