/** Steps that break nodes and mend them. */

import { follow, makeDurable } from '../../failover/promote.js';
import { joinAgain } from '../../live/cut.js';
import { containerOf, type LiveNode, serverOf, serversOf } from '../../live/live-topology.js';
import { untilExited as untilServerExited, whileRunning } from '../../live/server-exit.js';
import { askNode } from '../../redis/ask.js';
import { parseInfo } from '../../redis/info.js';
import { waitForPong } from '../../redis/probes.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step, StepKind } from '../drill.js';
import { NODE_FAULTS, type NodeFault } from '../faults.js';
import type { Stage } from '../stage.js';

/** Longer than any server takes here, shorter than an act. */
const STEP_MS = 60_000;

const step = (
  kind: StepKind,
  says: string,
  name: string,
  run: (stage: Stage, node: LiveNode) => Promise<unknown>,
): Step => ({
  kind,
  says,
  nodes: [name],
  run: async (stage) => {
    await run(stage, stage.node(name));
  },
});

/** Steps of one kind at the same time. */
export const together = (steps: readonly Step[]): Step => ({
  kind: steps[0]?.kind ?? 'fault',
  says: steps.map(({ says }) => says).join(', '),
  nodes: steps.flatMap(({ nodes = [] }) => nodes),
  run: async (stage) => {
    await Promise.all(steps.map((it) => it.run(stage)));
  },
});

/** What one of the faults does, and then what tells that it is done. */
export const fault = (
  name: NodeFault,
  node: string,
  until: (stage: Stage, node: LiveNode) => Promise<unknown> = async () => {},
): Step => {
  const { says, does } = NODE_FAULTS[name];
  return step('fault', `${says} ${node}`, node, async (stage, it) => {
    await does(stage.live, it);
    await until(stage, it);
  });
};

/** Asks the server to exit (SIGTERM), as `docker stop` does, and waits until it has. */
export const stop = (name: string): Step => {
  const stopping = fault('stop', name, untilExited);
  return {
    ...stopping,
    run: async (stage) => {
      await untilIdle(stage, stage.node(name));
      await stopping.run(stage);
    },
  };
};

/** SHUTDOWN with a word about the RDB: SAVE or NOSAVE, whatever the save points say. */
export const shutdown = (name: string, how: 'SAVE' | 'NOSAVE'): Step =>
  fault(how === 'SAVE' ? 'shutdown-save' : 'shutdown-nosave', name, untilExited);

/** SIGKILL, and waits until the server has ended. */
export const kill = (name: string): Step => fault('kill', name, untilExited);

/** Resolves when the server answers; it may still be without a link. */
export const start = (name: string): Step =>
  step('repair', `start ${name}`, name, async (stage, node) => {
    const { runtime } = stage.live;
    await runtime.startContainer(containerOf(node));
    await whileRunning(runtime, serversOf(node), stage.within(STEP_MS), (limits) =>
      waitForPong(node.redis, limits),
    );
  });

/** Its links die; the host still reaches it. Resolves when its upstream has seen it go. */
export const cut = (name: string): Step => fault('disconnect', name, untilLinkDown);

/** Nothing, if it was never cut off. */
export const join = (name: string): Step =>
  step('repair', `join ${name} again`, name, async (stage, node) => {
    const now = await stage.live.lookAgain();
    const isOff = now.nodes.find((it) => it.name === name)?.address == null;
    if (isOff) await joinAgain(stage.live, node);
  });

/** Freezes it: its connections stay, and nothing is answered. */
export const pause = (name: string): Step => fault('pause', name);

/** Lets it go on after `pause`. */
export const unpause = (name: string): Step =>
  step('repair', `wake ${name}`, name, (stage, node) =>
    stage.live.runtime.unpauseContainer(containerOf(node)),
  );

/** REPLICAOF at run time: nothing of it stands in redis.conf. */
export const attach = (name: string, upstream: string): Step => ({
  kind: 'repair',
  says: `REPLICAOF ${upstream} on ${name}`,
  nodes: [name, upstream],
  run: (stage) => follow(stage.node(name).redis, upstream),
});

/** REPLICAOF NO ONE at run time. */
export const promote = (name: string): Step => fault('replicaof-no-one', name);

/** CONFIG REWRITE: what runs stands in the mounted redis.conf from then on. */
export const rewrite = (name: string): Step =>
  step('repair', `CONFIG REWRITE on ${name}`, name, (_stage, node) => makeDurable(node.redis));

/** CONFIG SET at run time: nothing of it stands in redis.conf until `rewrite`. */
export const configure = (name: string, directive: string, value: string): Step =>
  step('repair', `CONFIG SET ${directive} ${value} on ${name}`, name, (_stage, node) =>
    node.redis.call('CONFIG', 'SET', directive, value),
  );

/** BGSAVE, and waits until it is done. */
export const save = (name: string): Step =>
  step('write', `BGSAVE on ${name}`, name, async (stage, node) => {
    await untilIdle(stage, node);
    await node.redis.call('BGSAVE');
    await untilIdle(stage, node);
  });

/** SIGTERM is dropped while a child of the server writes the first AOF of a replica. */
async function untilIdle(stage: Stage, node: LiveNode): Promise<void> {
  const look = async () => {
    const info = parseInfo(String(await node.redis.call('INFO', 'persistence')));
    const busy = ['aof_rewrite_in_progress', 'aof_rewrite_scheduled', 'rdb_bgsave_in_progress'];
    return busy.every((field) => info.get(field) === '0') ? true : undefined;
  };
  const describe = () => `${node.name} to have no save under way`;
  await whileRunning(stage.live.runtime, serversOf(node), stage.within(STEP_MS), (limits) =>
    waitUntil(look, { ...limits, everyMs: 10, describe }),
  );
}

const untilExited = (stage: Stage, node: LiveNode): Promise<unknown> =>
  untilServerExited(stage.live.runtime, serverOf(node), stage.within(STEP_MS));

async function untilLinkDown(stage: Stage, node: LiveNode): Promise<void> {
  const look = async () => {
    const { replication } = await askNode(node.redis);
    return replication.link?.up ? undefined : true;
  };
  const describe = () => `the link of ${node.name} to go down`;
  await waitUntil(look, { ...stage.within(STEP_MS), everyMs: 5, describe });
}
