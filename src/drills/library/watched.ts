/** Topologies that sentinels watch. */
import type { DrillTopology } from '../drill.js';

/** Seconds are enough here, and a failover that came to nothing is tried again after twice this. */
export const FAILOVER_TIMEOUT_MS = 3000;

/** Three sentinels. The second server is promoted before the third, whatever their offsets are. */
export const watchedBy = (
  sentinels: { readonly quorum?: number; readonly downAfterMs?: number } = {},
  config: NonNullable<DrillTopology['config']> = {},
): DrillTopology => ({
  nodes: {
    'redis-1': null,
    'redis-2': { replicaOf: 'redis-1', config: { 'replica-priority': 10 } },
    'redis-3': { replicaOf: 'redis-1' },
  },
  config,
  sentinels: {
    count: 3,
    quorum: sentinels.quorum ?? 2,
    config: {
      'down-after-milliseconds': sentinels.downAfterMs ?? 1000,
      'failover-timeout': FAILOVER_TIMEOUT_MS,
    },
  },
});

export const CHOSEN_BY_PRIORITY = watchedBy();
