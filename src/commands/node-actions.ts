/** One thing done to one node, and then a table of what is true now. */
import type { Context } from '../context.js';
import { cutOff, joinAgain } from '../failover/cut.js';
import { findNode } from '../live/find-node.js';
import { containerOf, type LiveNode, type LiveTopology, serversOf } from '../live/live-topology.js';
import { whileRunning } from '../live/server-exit.js';
import { readStatus } from '../live/status.js';
import { waitForPong } from '../redis/probes.js';
import { Deadline } from '../redis/wait.js';
import { nextSyncLines } from '../ui/next-sync-text.js';
import { statusTable } from '../ui/status-table.js';
import { changeTopology, printJson, type TargetOptions, withTopology } from './session.js';

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
  const limits = { deadline: new Deadline(ANSWER_MS), signal };
  await whileRunning(runtime, serversOf(node), limits, (it) => waitForPong(node.redis, it));
}

export async function nodeActionCommand(
  context: Context,
  action: NodeAction,
  options: NodeActionOptions,
): Promise<number> {
  await changeTopology(context, options, async (live) => {
    const { name } = findNode(await readStatus(live), options.node);
    const node = live.nodes.find((it) => it.name === name);
    if (node !== undefined) await ACTIONS[action](live, node, context);
    context.stderr.write(`${action} ${name}: done\n`);
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
