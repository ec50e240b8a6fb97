/** The stream of the master alone, as a second witness beside the ledger. */

import { streamPlaces } from '../live/tap.js';
import { configValue } from '../redis/ask.js';
import { FENCE_SETTING } from '../redis/fence.js';
import { parseInfo } from '../redis/info.js';
import type { RedisNode } from '../redis/node.js';
import { Deadline, type Limits, waitUntil } from '../redis/wait.js';
import { openTap, type Tap } from '../stream/tap.js';
import type { OldTopology } from './old-topology.js';

/** For longer than this nobody waits before the load. */
const MOST_LAG_S = 5;
const SLACK_S = 5;

/**
 * `min-replicas-to-write` counts a tap, which acknowledges nothing, for `min-replicas-max-lag` seconds: so the load waits
 * until the master itself counts it no more, and it is never attached again. Resolves with the
 * reason in words where that would take too long.
 */
export async function tapMaster(
  { live, master }: OldTopology,
  { signal }: Pick<Limits, 'signal'>,
): Promise<Tap | string> {
  const { redis } = master;
  const [least, lag] = await Promise.all(
    [FENCE_SETTING, 'min-replicas-max-lag'].map(async (it) => Number(await configValue(redis, it))),
  );
  const places = async () => (await streamPlaces(live)).filter(({ name }) => name === master.name);
  // Without a limit to the lag nobody is counted.
  if (!least || !lag) return openTap({ places });
  if (lag > MOST_LAG_S) return `${FENCE_SETTING} would count it as a replica for ${lag} s`;
  const before = await countedReplicas(redis);
  const tap: Tap = await openTap({
    places,
    onEvent: ({ type }) => void (type === 'ended' && tap?.close()),
  });
  const look = async () => ((await countedReplicas(redis)) <= before ? true : undefined);
  const describe = () => 'the master to count its stream’s reader no more';
  const deadline = new Deadline((lag + SLACK_S) * 1000);
  await waitUntil(look, { deadline, signal, everyMs: 50, describe }).catch(async (error) => {
    await tap.close();
    throw error;
  });
  return tap;
}

/** As the setting counts them. */
async function countedReplicas(redis: RedisNode): Promise<number> {
  const info = parseInfo(String(await redis.call('INFO', 'replication')));
  return Number(info.get('min_slaves_good_slaves'));
}
