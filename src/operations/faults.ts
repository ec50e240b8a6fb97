/** Single nodes: what breaks one, and what brings it back. */
import { replicationNetworkName } from '../docker/names.js';
import type { ContainerState } from '../docker/runtime.js';
import { NODE_FAULTS, type NodeFault } from '../drills/faults.js';
import { freeDisk } from '../drills/full-disk.js';
import { UsageError } from '../errors.js';
import { joinAgain } from '../live/cut.js';
import { findNode, findSentinel } from '../live/find-node.js';
import {
  containerOf,
  type LiveNode,
  type LiveTopology,
  serverOf,
  serversOf,
} from '../live/live-topology.js';
import { untilExited, whileRunning } from '../live/server-exit.js';
import { readStatus, type StatusWish, type TopologyStatus } from '../live/status.js';
import { configValue } from '../redis/ask.js';
import { waitForPong } from '../redis/probes.js';
import { Deadline } from '../redis/wait.js';
import { comeBack } from './comeback.js';
import { refuseLoss, tellStake } from './cost-of-ending.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { type Run, startRun } from './run.js';
import { changeTopology, withTopology } from './topology.js';

export interface FaultInput extends Target, StatusWish {
  /** A node's name, `master` or `replica`. */
  readonly node: string;
  /** Whoever calls agrees to what it costs. */
  readonly yes?: boolean | undefined;
}

/** Which node it was, and the topology after it. */
export interface FaultResult {
  readonly node: string;
  /** False if it was so already. */
  readonly changed: boolean;
  readonly status: TopologyStatus;
}

interface Doing {
  readonly run: Run;
  readonly yes: boolean;
}

type Act = (live: LiveTopology, node: LiveNode, doing: Doing) => Promise<unknown>;

const TIMEOUT_MS = 60_000;
const ANSWER_MS = 30_000;

/** What each does; none waits for more than that it is done. */
const FAULTS = {
  kill: async (live, node, { run }) => {
    await tellStake(live, node, 'killed', run);
    await NODE_FAULTS.kill.does(live, node);
  },
  stop: async (live, node, { run }) => {
    await tellStake(live, node, 'stopped', run);
    await NODE_FAULTS.stop.does(live, node);
  },
  'shutdown-save': (live, node, { run }) => shutDown('shutdown-save', live, node, run),
  'shutdown-nosave': async (live, node, { run }) => {
    await tellStake(live, node, 'killed', run);
    await shutDown('shutdown-nosave', live, node, run);
  },
  start: (live, node, doing) =>
    comeBack(live, node, { ...doing, plain: () => startPlainly(live, node, doing) }),
  restart: async (live, node, doing) => {
    await refuseLoss(live, node, doing);
    await live.runtime.stopContainer(containerOf(node));
    const now = await withNewLook(live, node);
    await comeBack(now.live, now.node, {
      ...doing,
      stopped: true,
      plain: () => startPlainly(live, node, doing),
    });
  },
  pause: NODE_FAULTS.pause.does,
  unpause: (live, node, doing) =>
    comeBack(live, node, {
      ...doing,
      plain: () => live.runtime.unpauseContainer(containerOf(node)),
    }),
  disconnect: NODE_FAULTS.disconnect.does,
  isolate: NODE_FAULTS.isolate.does,
  connect: (live, node, doing) =>
    comeBack(live, node, { ...doing, plain: () => joinAgain(live, node) }),
  'replicaof-no-one': NODE_FAULTS['replicaof-no-one'].does,
  'full-disk': async (live, node) => {
    await NODE_FAULTS['full-disk'].does(live, node);
    await saveNow(node);
  },
  'free-disk': async (live, node) => {
    await freeDisk(live, node);
    await saveNow(node);
  },
} as const satisfies Record<string, Act>;

/** What can be done to a node. */
export type NodeAct = keyof typeof FAULTS;

/** Those that are commands of their own; the others are played by `run`. */
export type Fault = Exclude<
  NodeAct,
  Exclude<NodeFault, 'kill' | 'stop' | 'pause' | 'disconnect'> | 'free-disk'
>;

/** A sentinel has no data that could be lost, and comes back as it was. */
const SENTINEL_FAULTS: Readonly<Partial<Record<NodeAct, Act>>> = {
  kill: NODE_FAULTS.kill.does,
  stop: NODE_FAULTS.stop.does,
  start: startPlainly,
  restart: async (live, node, doing) => {
    await live.runtime.stopContainer(containerOf(node));
    await startPlainly(live, node, doing);
  },
  pause: FAULTS.pause,
  unpause: ({ runtime }, node) => runtime.unpauseContainer(containerOf(node)),
  disconnect: NODE_FAULTS.isolate.does,
  connect: joinAgain,
};

/**
 * The operation of one fault. It rejects with `UsageError` if the node is in no state for it;
 * `start` and `restart` with `ConfirmationError` if it costs data and `yes` is not given. `start`
 * resolves when the server answers; `disconnect` leaves a way for clients. None waits for the links.
 */
export const faultOf =
  (fault: NodeAct) =>
  (
    engine: Engine,
    { topology, node: wanted, yes = false, ...wish }: FaultInput,
    options: OperationOptions = {},
  ): Promise<FaultResult> => {
    const waiting = startRun(options, TIMEOUT_MS);
    const { signal, emit } = waiting;
    return changeTopology(engine, topology, waiting, async (live) => {
      const sentinel = findSentinel(live, wanted);
      const { name } = sentinel ?? findNode(await readStatus(live), wanted);
      const node = sentinel ?? (live.nodes.find((it) => it.name === name) as LiveNode);
      const already = settled(fault, live, node);
      if (already === null) {
        const act = (sentinel ? SENTINEL_FAULTS : FAULTS)[fault];
        if (!act) throw new UsageError(`${fault} ${name}: it is a sentinel`);
        await act(live, node, { run: startRun(options, TIMEOUT_MS), yes });
      } else emit({ type: 'note', text: already });
      // Containers and addresses may have changed.
      const status = await withTopology(engine, topology, { signal }, (it) => readStatus(it, wish));
      return { node: name, changed: already === null, status };
    });
  };

/** The same topology after something was done to it. */
async function withNewLook(live: LiveTopology, { name }: LiveNode) {
  const again = await live.lookAgain();
  return { live: again, node: again.nodes.find((it) => it.name === name) as LiveNode };
}

async function startPlainly({ runtime }: LiveTopology, node: LiveNode, { run }: Doing) {
  await runtime.startContainer(containerOf(node));
  const limits = { deadline: new Deadline(ANSWER_MS), signal: run.signal };
  await whileRunning(runtime, serversOf(node), limits, (it) => waitForPong(node.redis, it));
}

async function shutDown(
  fault: 'shutdown-save' | 'shutdown-nosave',
  live: LiveTopology,
  node: LiveNode,
  { signal }: Run,
) {
  await NODE_FAULTS[fault].does(live, node);
  await untilExited(live.runtime, serverOf(node), { deadline: new Deadline(ANSWER_MS), signal });
}

/** A server learns of its full disk when it saves, and of room on it too. One without save points refuses nothing. */
const saveNow = async ({ redis }: LiveNode): Promise<void> => {
  if ((await configValue(redis, 'save')) !== '') await redis.call('BGSAVE').catch(() => {});
};

type Situation = 'running' | 'paused' | 'stopped' | 'restarting';

/** What a fault finds done already (null), or the one that must come first. */
const NOT_FROM: Readonly<
  Record<NodeAct, Partial<Record<Situation | 'cut off' | 'attached', Fault | null>>>
> = {
  kill: { stopped: null, restarting: 'stop' },
  stop: { stopped: null, paused: 'unpause' },
  start: { running: null, paused: 'unpause', restarting: 'stop' },
  restart: { paused: 'unpause' },
  pause: { paused: null, stopped: 'start', restarting: 'stop' },
  unpause: { running: null, stopped: 'start', restarting: 'stop' },
  'shutdown-save': { stopped: null, paused: 'unpause', restarting: 'stop' },
  'shutdown-nosave': { stopped: null, paused: 'unpause', restarting: 'stop' },
  disconnect: { 'cut off': null },
  isolate: { 'cut off': null },
  'replicaof-no-one': { stopped: 'start', paused: 'unpause', restarting: 'stop' },
  'full-disk': { stopped: 'start', paused: 'unpause', restarting: 'stop' },
  'free-disk': { stopped: 'start', paused: 'unpause', restarting: 'stop' },
  connect: { attached: null },
};

const SITUATIONS: Readonly<Partial<Record<ContainerState, Situation>>> = {
  running: 'running',
  paused: 'paused',
  restarting: 'restarting',
};

/**
 * What to say where there is nothing to do; null where there is.
 * Throws `UsageError` if the node is in no state for it.
 */
function settled(
  fault: NodeAct,
  { name: topology }: LiveTopology,
  { name, container }: LiveNode,
): string | null {
  if (container === null) {
    throw new UsageError(`the container of ${name} is gone`, {
      about: { code: 'container-gone', node: name },
    });
  }
  const network = replicationNetworkName(topology);
  const isAttached = container.networks.some((it) => it.name === network);
  const state = SITUATIONS[container.state] ?? 'stopped';
  for (const it of [state, isAttached ? 'attached' : 'cut off'] as const) {
    const first = NOT_FROM[fault][it];
    if (first === null) return `${name} is ${it} already, nothing changed`;
    if (first === undefined) continue;
    throw new UsageError(`${fault} ${name}: it is ${it}`, {
      about: { code: 'wrong-state', topology, node: name, state: it, first },
    });
  }
  return null;
}
