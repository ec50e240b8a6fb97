/** What happens after the master's death. Each ends with servers that answer; `FailoverRun` waits for the rest. */
import { DeadlineError, UsageError } from '../errors.js';
import { cutOf } from '../failover/promote.js';
import { containerOf, type LiveNode, nodeAt, serversOf } from '../live/live-topology.js';
import { whileRunning } from '../live/server-exit.js';
import { furthest } from '../plan/choose-candidate.js';
import { askReplication } from '../redis/ask.js';
import { waitForPong } from '../redis/probes.js';
import { askSentinel } from '../redis/sentinel.js';
import { Deadline, type Limits, waitUntil } from '../redis/wait.js';
import {
  askCandidates,
  chooseSuccessor,
  promoteAmong,
  rejoinOld,
  type Salvaging,
} from './change-master.js';
import type { Load } from './load.js';
import type { OldTopology } from './old-topology.js';
import type { Sampler } from './sampler.js';
import type { Timeline } from './timeline.js';

export type Recovery = 'promote' | 'sentinel' | 'restart' | 'none';

export interface Scene extends OldTopology {
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
  /** The last line of each node's log before it, so that later lines can be told from earlier ones. */
  readonly logMarks: ReadonlyMap<string, string>;
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
async function askReplicas({ replicas, limits }: Scene) {
  const nodes = replicas.map(({ redis }) => redis);
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
  const { master, load, timeline, sampler, limits } = scene;
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
  if (kept !== null) timeline.note(`its data set aside in ${kept}`, master.name);
  await answersAgain(scene, master, sampler, limits);
  timeline.note('old master started as a replica', master.name);
  return { survivor: name, promoted: name, cut };
}

/** Sentinel does all of it, and rrepl watches; the old master comes back as a replica by its file. */
async function recoverBySentinel(scene: Scene): Promise<Outcome> {
  const { live, master, replicas, load, timeline, sampler, limits } = scene;
  const former = master.name;
  let seen = 'nothing yet';
  const elected = async () => {
    const roles = await Promise.all(
      replicas.map(async ({ name, redis }) => ({
        name,
        replication: await askReplication(redis).catch(() => null),
      })),
    );
    seen = roles.map(({ name, replication }) => `${name} ${replication?.role ?? '?'}`).join(', ');
    return roles.find(({ replication }) => replication?.role === 'master');
  };
  const describe = () => `the sentinels to promote a replica (seen: ${seen})`;
  const next = await waitUntil(elected, { ...limits, everyMs: 5, describe });
  load.pointTo(next.name);
  timeline.note('promoted', next.name);
  const agreed = async () => {
    const all = await Promise.all(live.sentinels.map(({ redis }) => askSentinel(redis, live.name)));
    const named = all.map(({ master }) => nodeAt(live.nodes, master?.host) ?? `${master?.host}`);
    seen = named.join(', ');
    return named.every((it) => it === next.name) ? true : undefined;
  };
  const agreement = () => `all sentinels to name ${next.name} (they name ${seen})`;
  await waitUntil(agreed, { ...limits, everyMs: 50, describe: agreement });
  timeline.note('every sentinel names it', next.name);
  await scene.killing;
  const kept = await rejoinOld(scene, next.name);
  if (kept !== null) timeline.note(`its data set aside in ${kept}`, former);
  await answersAgain(scene, master, sampler, limits);
  timeline.note('old master started as a replica', former);
  const cut = next.replication === null ? null : cutOf(next.replication);
  return { survivor: next.name, promoted: next.name, cut };
}

async function recoverByRestart(scene: Scene): Promise<Outcome> {
  const { master, load, timeline, sampler, limits } = scene;
  await scene.killing;
  await startAgain(scene, master, sampler, limits);
  load.pointTo(master.name);
  timeline.note('master restarted', master.name);
  return { survivor: master.name, promoted: null, cut: null };
}

/** Nothing is repaired; what the furthest replica has is what a promotion would save. */
async function recoverNothing(scene: Scene): Promise<Outcome> {
  await scene.killing;
  const candidates = await askReplicas(scene);
  const most =
    furthest(candidates, scene.facts.replication.id) ?? chooseSuccessor(scene, candidates);
  scene.timeline.note('left down', scene.master.name);
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

/** What follows where nobody has said it. */
export const usualRecovery = (sentinels: number): Recovery =>
  sentinels > 0 ? 'sentinel' : 'promote';

/** @throws UsageError where sentinels are missing, or would do it too. */
export function refuseRecovery(recover: Recovery, topology: string, sentinels: number): void {
  if (recover === 'sentinel' && sentinels === 0) {
    throw new UsageError(`recovery "sentinel" needs sentinels, and ${topology} has none`, {
      about: { code: 'recovery-without-sentinels', topology },
    });
  }
  if (sentinels === 0 || recover === 'sentinel') return;
  throw new UsageError(`recovery "${recover}" goes against the sentinels that watch ${topology}`, {
    about: { code: 'against-sentinels', topology },
  });
}

export const RECOVERIES = {
  promote: recoverByPromotion,
  sentinel: recoverBySentinel,
  restart: recoverByRestart,
  none: recoverNothing,
} as const satisfies Record<Recovery, (scene: Scene) => Promise<Outcome>>;
