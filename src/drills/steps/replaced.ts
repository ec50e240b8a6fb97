/** What becomes of the writes to a master that was replaced: foretold by its settings, then counted. */
import { count, duration } from '../../format.js';
import { askNode, configValue } from '../../redis/ask.js';
import type { RedisNode } from '../../redis/node.js';
import type { Claim } from '../claim.js';
import {
  type Counted,
  type Guard,
  type Loss,
  writesForetold,
  writesSeen,
} from '../replaced-master.js';
import type { Stage } from '../stage.js';
import type { Tally } from './tally.js';

interface Replaced {
  readonly node: string;
  readonly successor: string;
  /** Whether it knows that its replicas are gone. */
  readonly loss: Loss;
  readonly tally: Tally;
}

/** Said when the master is about to lose its replicas, which have all it has; looked at when it follows again. */
export const writesOf = ({ node, successor, loss, tally }: Replaced, claimed: string): Claim => ({
  node,
  about: `what becomes of the writes on ${node}`,
  claimed,
  foresee: async (stage) => {
    const { redis } = stage.node(node);
    const { replication } = await askNode(redis);
    return writesForetold(await guardOf(redis), loss, replication.offset);
  },
  look: async (stage) => {
    const counted = await countAll(stage, tally, successor);
    stage.rows.push({
      'min-replicas-to-write': await configValue(stage.node(node).redis, 'min-replicas-to-write'),
      acknowledged: count(counted.acknowledged),
      refused: count(counted.refused),
      discarded: count(counted.discarded),
      ...(tally.acknowledgedForMs > 0 && {
        'acknowledged for': duration(tally.acknowledgedForMs),
      }),
    });
    return writesSeen(counted);
  },
});

async function guardOf(redis: RedisNode): Promise<Guard> {
  const setting = async (name: string) => Number(await configValue(redis, name));
  return {
    least: await setting('min-replicas-to-write'),
    maxLag: await setting('min-replicas-max-lag'),
  };
}

async function countAll(stage: Stage, tally: Tally, successor: string): Promise<Counted> {
  const { redis } = stage.node(successor);
  const there = await Promise.all(tally.acknowledged.map((key) => redis.call('EXISTS', key)));
  return {
    acknowledged: tally.acknowledged.length,
    refused: tally.refused.length,
    unknown: tally.unknown.length,
    discarded: there.filter((found) => found === 0).length,
  };
}
