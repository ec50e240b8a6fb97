/** Waiting for links, and reading logs. */
import { type LiveNode, serversOf } from '../../live/live-topology.js';
import { whileRunning } from '../../live/server-exit.js';
import { passBarrier, waitForLink } from '../../redis/probes.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';

/** The master of every act at its beginning. */
export const MASTER = 'redis-1';

export const readLog = async ({ live }: Stage, { observed }: LiveNode, lines: number | 'all') =>
  observed.container === null ? [] : live.runtime.logTail(observed.container.name, lines);

/** Waits until a node has all that its upstream has now. */
export const inStep = (node: string, upstream = MASTER): Step => ({
  kind: 'check',
  says: `${node} has all of ${upstream}`,
  run: (stage) => untilInStep(stage, upstream, node),
});

/** The link up on both sides, and all that the upstream has now. */
export async function untilInStep(stage: Stage, upstream: string, node: string): Promise<void> {
  const now = await stage.live.observe();
  const address = now.nodes.find(({ name }) => name === node)?.address;
  const addresses = address ? [address] : [];
  const above = stage.node(upstream);
  const below = stage.node(node);
  const servers = serversOf(above, below);
  await whileRunning(stage.live.runtime, servers, stage.within(60_000), async (limits) => {
    await waitForLink(above.redis, below.redis, { ...limits, addresses });
    await passBarrier(above.redis, below.redis, limits);
  });
}
