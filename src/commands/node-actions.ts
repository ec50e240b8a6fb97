/** One thing done to one node, and then a table of what is true now. */
import type { Context } from '../context.js';
import { replicationNetworkName } from '../docker/names.js';
import type { ContainerState } from '../docker/runtime.js';
import { UsageError } from '../errors.js';
import { atStake, type Ending } from '../live/at-stake.js';
import { cutOff, joinAgain } from '../live/cut.js';
import { findNode } from '../live/find-node.js';
import { containerOf, type LiveNode, type LiveTopology, serversOf } from '../live/live-topology.js';
import { whileRunning } from '../live/server-exit.js';
import { type NodeStatus, readStatus } from '../live/status.js';
import { waitForPong } from '../redis/probes.js';
import { Deadline } from '../redis/wait.js';
import { confirm } from '../ui/confirm.js';
import { nextSyncLines } from '../ui/next-sync-text.js';
import { statusTable } from '../ui/status-table.js';
import { comeBack } from './comeback.js';
import { commandLine } from './command-line.js';
import { changeTopology, printJson, type TargetOptions, withTopology } from './session.js';

export interface NodeActionOptions extends TargetOptions {
  readonly node: string;
  /** Start a master that has less than others, without asking. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Doing {
  readonly context: Context;
  readonly yes: boolean;
}

type Act = (live: LiveTopology, node: LiveNode, doing: Doing) => Promise<void>;

const ANSWER_MS = 30_000;

/** What each command does; none waits for more than that it is done. */
const ACTIONS = {
  kill: async (live, node, { context }) => {
    await tellStake(live, node, { ending: 'killed', context });
    await live.runtime.killContainer(containerOf(node), 'SIGKILL');
  },
  stop: async (live, node, { context }) => {
    await tellStake(live, node, { ending: 'stopped', context });
    await live.runtime.stopContainer(containerOf(node));
  },
  start: (live, node, doing) =>
    comeBack(live, node, { ...doing, plain: () => start(live, node, doing) }),
  restart: async (live, node, doing) => {
    await refuseLoss(live, node, doing);
    await live.runtime.stopContainer(containerOf(node));
    const now = await withNewLook(live, node);
    const done = `${node.name} is stopped, and was not started again`;
    await comeBack(now.live, now.node, { ...doing, done, plain: () => start(live, node, doing) });
  },
  pause: ({ runtime }, node) => runtime.pauseContainer(containerOf(node)),
  unpause: (live, node, doing) =>
    comeBack(live, node, {
      ...doing,
      plain: () => live.runtime.unpauseContainer(containerOf(node)),
    }),
  disconnect: (live, node) => cutOff(live, node),
  connect: (live, node, doing) =>
    comeBack(live, node, { ...doing, plain: () => joinAgain(live, node) }),
} as const satisfies Record<string, Act>;

export type NodeAction = keyof typeof ACTIONS;

/** The same topology after something was done to it. */
async function withNewLook(live: LiveTopology, { name }: LiveNode) {
  const observed = await live.observe();
  const nodes = live.nodes.map((it) => ({
    ...it,
    observed: observed.nodes.find((node) => node.name === it.name) ?? it.observed,
  }));
  const node = nodes.find((it) => it.name === name) as LiveNode;
  return { live: { ...live, observed, nodes }, node };
}

async function start({ runtime }: LiveTopology, node: LiveNode, { context }: Doing) {
  await runtime.startContainer(containerOf(node));
  const limits = { deadline: new Deadline(ANSWER_MS), signal: context.signal };
  await whileRunning(runtime, serversOf(node), limits, (it) => waitForPong(node.redis, it));
}

/** Said before it happens: what ends with the server is in no file of its own. */
async function tellStake(
  live: LiveTopology,
  { name, redis }: LiveNode,
  { ending, context }: { readonly ending: Ending; readonly context: Context },
): Promise<void> {
  // A server that does not answer can't tell.
  const stake = await atStake(redis, ending).catch(() => null);
  if (stake === null) return;
  const { nodes } = await readStatus(live);
  const holders = nodes.filter((it) => it.name !== name && holdsTheSame(nodes, name, it));
  const rest =
    holders.length > 0
      ? `${holders.map((it) => it.name).join(', ')} still ${holders.length > 1 ? 'have' : 'has'} them`
      : 'no other node is known to have them';
  context.stderr.write(`${name} has ${stake}: ${rest}\n`);
}

/** A replica that is up to date has what its master has, and the master has what its replicas have. */
function holdsTheSame(nodes: readonly NodeStatus[], name: string, other: NodeStatus): boolean {
  const one = nodes.find((it) => it.name === name);
  return one?.role === 'master' ? other.link === 'up' : other.role === 'master';
}

/** A master that saves nothing at its end comes back without it, and empties its replicas. */
async function refuseLoss(
  live: LiveTopology,
  { name, redis }: LiveNode,
  { context, yes }: Doing,
): Promise<void> {
  const { nodes } = await readStatus(live);
  if (nodes.find((it) => it.name === name)?.role !== 'master') return;
  const stake = await atStake(redis, 'stopped');
  if (stake === null) return;
  const message = `${name} has ${stake} and saves nothing as it stops: restarted, it comes back without them and empties its replicas`;
  if (yes) {
    context.stderr.write(`${message}\n`);
    return;
  }
  if (await confirm(context, `${message}; restart it?`)) return;
  throw new UsageError(message, {
    hint: `nothing was done; \`rrepl switchover --name ${live.name}\` moves the role first, \`rrepl cli ${name} --name ${live.name} -- SAVE\` saves them, \`--yes\` does it all the same`,
  });
}

type Situation = 'running' | 'paused' | 'stopped' | 'restarting';

/** What an action finds done already (null), or the action that must come first. */
const NOT_FROM: Readonly<
  Record<NodeAction, Partial<Record<Situation | 'cut off' | 'attached', NodeAction | null>>>
> = {
  kill: { stopped: null, restarting: 'stop' },
  stop: { stopped: null, paused: 'unpause' },
  start: { running: null, paused: 'unpause', restarting: 'stop' },
  restart: { paused: 'unpause' },
  pause: { paused: null, stopped: 'start', restarting: 'stop' },
  unpause: { running: null, stopped: 'start', restarting: 'stop' },
  disconnect: { 'cut off': null },
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
  action: NodeAction,
  live: LiveTopology,
  { name, observed: { container } }: LiveNode,
  options: TargetOptions,
): string | null {
  const typed = (command: string) => commandLine(command, live.name, options);
  if (container === null) {
    throw new UsageError(`the container of ${name} is gone`, {
      hint: `\`${typed('up')}\` makes it again`,
    });
  }
  const network = replicationNetworkName(live.name);
  const isAttached = container.networks.some((it) => it.name === network);
  const state = SITUATIONS[container.state] ?? 'stopped';
  for (const it of [state, isAttached ? 'attached' : 'cut off'] as const) {
    const first = NOT_FROM[action][it];
    if (first === null) return `${name} is ${it} already, nothing changed\n`;
    if (first === undefined) continue;
    throw new UsageError(`${action} ${name}: it is ${it}`, {
      hint: `\`${typed(`${first} ${name}`)}\` comes first`,
    });
  }
  return null;
}

export async function nodeActionCommand(
  context: Context,
  action: NodeAction,
  options: NodeActionOptions,
): Promise<number> {
  await changeTopology(context, options, async (live) => {
    const { name } = findNode(await readStatus(live), options.node);
    const node = live.nodes.find((it) => it.name === name);
    if (node === undefined) return;
    const already = settled(action, live, node, options);
    if (already === null) {
      await ACTIONS[action](live, node, { context, yes: options.yes ?? false });
    }
    context.stderr.write(already ?? `${action} ${name}: done\n`);
  });
  return showStatus(context, options);
}

/** Opens the topology anew: containers and addresses may have changed. */
export async function showStatus(
  context: Context,
  options: TargetOptions & { readonly json?: boolean },
): Promise<number> {
  const status = await withTopology(context, options, (live) => readStatus(live));
  if (options.json) printJson(context, status);
  else context.stdout.write(statusTable(status, context) + nextSyncLines(status));
  return 0;
}
