/** Waiting for links, and reading logs. */
import { count } from '../../format.js';
import { type LiveNode, serversOf } from '../../live/live-topology.js';
import { linesAfter } from '../../live/resyncs.js';
import { whileRunning } from '../../live/server-exit.js';
import { passBarrier, waitForLink } from '../../redis/probes.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';

const IN_STEP_MS = 60_000;

export const readLog = async ({ live }: Stage, { container }: LiveNode, lines: number | 'all') =>
  container === null ? [] : live.runtime.logTail(container.name, lines);

/** The last line of a node's log, to tell later ones from earlier ones. */
export const markLog = async (stage: Stage, name: string): Promise<string | undefined> =>
  (await readLog(stage, stage.node(name), 1)).at(-1);

export const logSince = async (
  stage: Stage,
  name: string,
  mark: string | undefined,
): Promise<readonly string[]> => linesAfter(await readLog(stage, stage.node(name), 'all'), mark);

/** Until the node's link is up and it has all that its upstream has now. */
export const inStep = (node: string, upstream: string): Step =>
  allOf([node], upstream, (stage) => untilInStep(stage, upstream, node));

/** Until each of them has all that the master has now, whatever its links look like. */
export const caughtUp = (names: readonly string[], master: string): Step =>
  allOf(names, master, async (stage) => {
    const upstream = stage.node(master).redis;
    const barriers = await Promise.all(
      names.map((name) => passBarrier(upstream, stage.node(name).redis, stage.within(IN_STEP_MS))),
    );
    return Math.max(...barriers.map(({ offset }) => offset));
  });

/** If one doesn't get there, the act ends here. */
const allOf = (
  names: readonly string[],
  master: string,
  reached: (stage: Stage) => Promise<number>,
): Step => ({
  kind: 'check',
  id: 'barrier',
  says: `have ${names.join(', ')} all that ${master} has?`,
  nodes: [...names, master],
  run: async (stage) => {
    const offset = await reached(stage);
    stage.check({
      id: 'barrier',
      node: master,
      verdict: 'pass',
      claim: `${names.join(', ')} had all that it had`,
      expected: 'the same offset',
      seen: `offset ${count(offset)}`,
    });
  },
});

/** The link up on both sides, and all that the upstream has now; resolves with its offset. */
export async function untilInStep(stage: Stage, upstream: string, node: string): Promise<number> {
  const now = await stage.live.lookAgain();
  const address = now.nodes.find(({ name }) => name === node)?.address;
  const addresses = address ? [address] : [];
  const above = stage.node(upstream);
  const below = stage.node(node);
  let reached = 0;
  const servers = serversOf(above, below);
  await whileRunning(stage.live.runtime, servers, stage.within(IN_STEP_MS), async (limits) => {
    await waitForLink(above.redis, below.redis, { ...limits, addresses });
    reached = (await passBarrier(above.redis, below.redis, limits)).offset;
  });
  return reached;
}
