/** What becomes of the writes to a master that was replaced: foretold by its settings, then counted. */
import { count, duration } from '../../format.js';
import { askNode, configValue } from '../../redis/ask.js';
import type { RedisNode } from '../../redis/node.js';
import type { Step } from '../drill.js';
import { type Counted, fateOf, fateSeen, type Guard, type Loss } from '../fate.js';
import type { Stage } from '../stage.js';
import { foretell, fulfilled } from './foretell.js';
import { type Tally, tallyOf } from './tally.js';

const about = (node: string) => `what becomes of the writes on ${node}`;

async function guardOf(redis: RedisNode): Promise<Guard> {
  const setting = async (name: string) => Number(await configValue(redis, name));
  return {
    least: await setting('min-replicas-to-write'),
    maxLag: await setting('min-replicas-max-lag'),
  };
}

/** The master is about to lose its replicas, which have all that it has. */
export const foretellFate = (node: string, loss: Loss, claimed: string): Step =>
  foretell({
    about: about(node),
    node,
    claimed,
    foresee: async (stage) => {
      const { redis } = stage.node(node);
      const { replication } = await askNode(redis);
      return fateOf(await guardOf(redis), loss, replication.offset);
    },
  });

/** Counts what the new master does not hold, when the old one follows it again. */
export const fateCame = (node: string, survivor: string): Step =>
  fulfilled(about(node), async (stage) => {
    const tally = stage.recall(tallyOf(node));
    const counted = await countAll(stage, tally, survivor);
    stage.rows.push({
      'min-replicas-to-write': await configValue(stage.node(node).redis, 'min-replicas-to-write'),
      acknowledged: count(counted.acknowledged),
      refused: count(counted.refused),
      discarded: count(counted.discarded),
      ...(tally.acknowledgedForMs > 0 && {
        'acknowledged for': duration(tally.acknowledgedForMs),
      }),
    });
    return fateSeen(counted);
  });

async function countAll(stage: Stage, tally: Tally, survivor: string): Promise<Counted> {
  const { redis } = stage.node(survivor);
  const there = await Promise.all(tally.acknowledged.map((key) => redis.call('EXISTS', key)));
  return {
    acknowledged: tally.acknowledged.length,
    refused: tally.refused.length,
    unknown: tally.unknown.length,
    discarded: there.filter((found) => found === 0).length,
  };
}
