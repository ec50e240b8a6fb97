/** One thing done to one node, and then a table of what is true now. */
import type { Context } from '../context.js';
import { replicationNetworkName } from '../docker/names.js';
import type { ContainerState } from '../docker/runtime.js';
import { UsageError } from '../errors.js';
import { cutOff, joinAgain } from '../failover/cut.js';
import { findNode } from '../live/find-node.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { readStatus } from '../live/status.js';
import { waitForPong } from '../redis/probes.js';
import { Deadline } from '../redis/wait.js';
import { nextSyncLines } from '../ui/next-sync-text.js';
import { statusTable } from '../ui/status-table.js';
import { commandLine } from './command-line.js';
import { printJson, type TargetOptions, withTopology } from './session.js';

export interface NodeActionOptions extends TargetOptions {
  readonly node: string;
  readonly json?: boolean;
}

type Act = (live: LiveTopology, node: LiveNode, context: Context) => Promise<void>;

const ANSWER_MS = 30_000;

/** What each command does; none waits for more than that it is done. */
const ACTIONS = {
  kill: ({ runtime }, node) => runtime.killContainer(containerOf(node), 'SIGKILL'),
  stop: ({ runtime }, node) => runtime.stopContainer(containerOf(node)),
  start,
  restart: async (live, node, context) => {
    await live.runtime.stopContainer(containerOf(node));
    await start(live, node, context);
  },
  pause: ({ runtime }, node) => runtime.pauseContainer(containerOf(node)),
  unpause: ({ runtime }, node) => runtime.unpauseContainer(containerOf(node)),
  disconnect: cutOff,
  connect: joinAgain,
} as const satisfies Record<string, Act>;

export type NodeAction = keyof typeof ACTIONS;

async function start({ runtime }: LiveTopology, node: LiveNode, { signal }: Context) {
  await runtime.startContainer(containerOf(node));
  await waitForPong(node.redis, { deadline: new Deadline(ANSWER_MS), signal });
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
  await withTopology(context, options, async (live) => {
    const { name } = findNode(await readStatus(live), options.node);
    const node = live.nodes.find((it) => it.name === name);
    if (node === undefined) return;
    const already = settled(action, live, node, options);
    if (already === null) await ACTIONS[action](live, node, context);
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
