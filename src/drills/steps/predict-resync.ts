/** Saying how a link will be made again, before it is. */
import { masterAfter, replicaAfter, type Stop } from '../../psync/memory.js';
import { nextRequest, type Prediction, predictResync } from '../../psync/predict.js';
import { askNode } from '../../redis/ask.js';
import type { ServerFacts } from '../../redis/info.js';
import type { CheckResult } from '../../verify/check.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import { readDisk } from './disk.js';
import { MASTER, untilInStep } from './in-step.js';
import { outlookOf } from './outlook.js';

/** What the drill claims; a function where versions differ. */
export type Claimed = Prediction['kind'] | ((server: ServerFacts) => Prediction['kind']);

/** The link is broken and will be made again: both servers still know their places. */
export const predictLink = (node: string, claimed: Claimed, upstream = MASTER): Step =>
  predict([node], claimed, upstream, async (stage) => {
    const [above, below] = await askBoth(stage, upstream, node);
    return predictResync(nextRequest(below.replication), above.replication);
  });

/** The replica will be stopped and started again: what it remembers lies on its disk. */
export const predictRestart = (
  node: string,
  how: Stop,
  claimed: Claimed,
  upstream = MASTER,
): Step =>
  predict([node], claimed, upstream, async (stage) => {
    const [above, below] = await askBoth(stage, upstream, node);
    const disk = await readDisk(stage, stage.node(node));
    return predictResync(replicaAfter(disk, how, below.replication), above.replication);
  });

/**
 * The master will be stopped and started again, and its replicas come back to it. They are
 * in step when it stops: from 7.0 on a graceful stop waits for them itself
 * (`prepareForShutdown`, src/server.c).
 */
export const predictMasterRestart = (nodes: readonly string[], how: Stop, claimed: Claimed): Step =>
  predict(nodes, claimed, MASTER, async (stage, node) => {
    await untilInStep(stage, MASTER, node);
    const master = stage.node(MASTER);
    const disk = await readDisk(stage, master);
    const { replication } = await askNode(master.redis);
    const source = masterAfter(stage.server, disk, how, replication);
    return predictResync(nextRequest(replication), source);
  });

/** A node that has no place in this stream: it was never attached, or is another master. */
export const predictNewcomers = (nodes: readonly string[], upstream = MASTER): Step =>
  predict(nodes, 'full', upstream, async (stage, node) => {
    const [above, below] = await askBoth(stage, upstream, node);
    return predictResync(nextRequest(below.replication), above.replication);
  });

function predict(
  nodes: readonly string[],
  claimed: Claimed,
  upstream: string,
  foresee: (stage: Stage, node: string) => Promise<Prediction>,
): Step {
  return {
    kind: 'predict',
    says: `how will ${nodes.join(', ')} resynchronise?`,
    run: async (stage) => {
      const outlook = await outlookOf(stage, upstream);
      for (const node of nodes) {
        const prediction = await foresee(stage, node);
        outlook.forecasts.push({ node, prediction });
        stage.timeline.note(`predicted: ${prediction.text}`, node);
        stage.foreseen.push({ node, predicted: prediction.text, seen: null });
        stage.check(ruleCheck(node, prediction, claimed, stage.server));
      }
    },
  };
}

/** Whether the oracle says what the drill claims: else one of them doesn't know the version's rule. */
function ruleCheck(
  node: string,
  { kind, text }: Prediction,
  claimed: Claimed,
  server: ServerFacts,
): CheckResult {
  const expected = typeof claimed === 'function' ? claimed(server) : claimed;
  return {
    id: 'rule',
    node,
    verdict: kind === expected ? 'pass' : 'fail',
    claim: `the rules of ${server.product} ${server.version} make it ${expected}`,
    expected,
    seen: text,
  };
}

/** The replica first: under load the upstream is further when it is asked after, never behind. */
async function askBoth(stage: Stage, upstream: string, node: string) {
  const below = await askNode(stage.node(node).redis);
  return [await askNode(stage.node(upstream).redis), below] as const;
}
