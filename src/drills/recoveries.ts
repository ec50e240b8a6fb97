/** What happens after the master's death. Each ends with servers that answer; `FailoverRun` waits for the rest. */
import { DeadlineError } from '../errors.js';
import { containerOf, type LiveNode, type LiveTopology, serversOf } from '../live/live-topology.js';
import { whileRunning } from '../live/server-exit.js';
import { furthest } from '../plan/choose-candidate.js';
import { waitForPong } from '../redis/probes.js';
import { Deadline, type Limits, waitUntil } from '../redis/wait.js';
import {
  askCandidates,
  chooseSuccessor,
  promoteAmong,
  rejoinOld,
  type Salvaging,
} from './change-master.js';
import type { Load } from './load.js';
import type { Ready } from './ready.js';
import type { Sampler } from './sampler.js';
import type { Timeline } from './timeline.js';

export type Recovery = 'promote' | 'restart' | 'none';

export interface Scene {
  readonly live: LiveTopology;
  readonly ready: Ready;
  /** Told where to write from now on. */
  readonly load: Pick<Load, 'pointTo'>;
  /** Told who answers again. */
  readonly sampler: Pick<Sampler, 'include'>;
  readonly timeline: Timeline;
  readonly limits: Limits;
  /** The topology and its data are removed afterwards: then nothing is set aside. */
  readonly removedAfter: boolean;
  /** Null where what a failover loses is not salvaged. */
  readonly salvaging: Salvaging | null;
  /** Settles when the engine's kill call returns, a quarter of a second after the death. */
  readonly killing: Promise<void>;
}

/** With a load and a sampler of its own, which give evidence. */
export interface WatchedScene extends Scene {
  readonly load: Load;
  readonly sampler: Sampler;
}

export interface Outcome {
  /** The node whose data count: the new master, the restarted one, or the furthest replica. */
  readonly survivor: string;
  readonly promoted: string | null;
  /** The last byte of the old stream that the survivor has; null if it is another stream. */
  readonly cut: number | null;
}

/** Replicas that hang at the moment of the kill get no FIN: after this they are not waited for. */
const LINKS_DOWN_MS = 1000;

/** A link that is down has been read to its end: only then does the offset say all the replica has. */
async function askReplicas({ ready, limits }: Scene) {
  const nodes = ready.replicas.map(({ redis }) => redis);
  const look = () => askCandidates(nodes);
  const deadline = new Deadline(Math.min(LINKS_DOWN_MS, limits.deadline.remainingMs()));
  const settled = async () => {
    const found = await look();
    return found.every(({ replication }) => !replication.link?.up) ? found : undefined;
  };
  const wait = {
    deadline,
    signal: limits.signal,
    everyMs: 1,
    describe: () => 'the replicas to see the link down',
  };
  return waitUntil(settled, wait).catch((error) => {
    if (error instanceof DeadlineError) return look();
    throw error;
  });
}

async function recoverByPromotion(scene: Scene): Promise<Outcome> {
  const { ready, load, timeline, sampler, limits } = scene;
  const candidates = await askReplicas(scene);
  const { name } = chooseSuccessor(scene, candidates);
  timeline.note('replicas saw the link down, new master chosen', name);
  const cut = await promoteAmong(scene, candidates, {
    name,
    onPromoted: () => {
      load.pointTo(name);
      timeline.note('promoted', name);
    },
  });
  timeline.note('roles made durable');
  await scene.killing;
  const kept = await rejoinOld(scene, name);
  if (kept !== null) timeline.note(`its data set aside in ${kept}`, ready.master.name);
  await answersAgain(scene, ready.master, sampler, limits);
  timeline.note('old master started as a replica', ready.master.name);
  return { survivor: name, promoted: name, cut };
}

async function recoverByRestart(scene: Scene): Promise<Outcome> {
  const { ready, load, timeline, sampler, limits } = scene;
  await scene.killing;
  await startAgain(scene, ready.master, sampler, limits);
  load.pointTo(ready.master.name);
  timeline.note('master restarted', ready.master.name);
  return { survivor: ready.master.name, promoted: null, cut: null };
}

/** Nothing is repaired; what the furthest replica has is what a promotion would save. */
async function recoverNothing(scene: Scene): Promise<Outcome> {
  await scene.killing;
  const candidates = await askReplicas(scene);
  const most =
    furthest(candidates, scene.ready.facts.replication.id) ?? chooseSuccessor(scene, candidates);
  scene.timeline.note('left down', scene.ready.master.name);
  return { survivor: most.name, promoted: null, cut: most.offset };
}

/** Connects only after the start call has returned: an earlier SYN comes again a second later. */
async function startAgain(scene: Scene, node: LiveNode, sampler: Scene['sampler'], limits: Limits) {
  await scene.live.runtime.startContainer(containerOf(node));
  await answersAgain(scene, node, sampler, limits);
}

async function answersAgain(
  scene: Scene,
  node: LiveNode,
  sampler: Scene['sampler'],
  limits: Limits,
) {
  const { runtime } = scene.live;
  await whileRunning(runtime, serversOf(node), limits, (it) => waitForPong(node.redis, it));
  sampler.include(node.name);
}

export const RECOVERIES = {
  promote: recoverByPromotion,
  restart: recoverByRestart,
  none: recoverNothing,
} as const satisfies Record<Recovery, (scene: Scene) => Promise<Outcome>>;
