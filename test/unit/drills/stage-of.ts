import { ActStage } from '../../../src/drills/stage.js';
import { Timeline } from '../../../src/drills/timeline.js';
import type { LiveTopology } from '../../../src/live/live-topology.js';
import { limits } from '../redis/fake-node.js';

/** A stage on redis 6.0 whose topology has only what is given. */
export function stageOf(live: object): ActStage {
  const server = {
    product: 'redis',
    version: '6.0.16',
    runId: 'r',
    uptimeSeconds: 1,
    loading: false,
  } as const;
  const timeline = new Timeline();
  const master = 'redis-1';
  const options = { ...limits(1000), live: live as LiveTopology, server, master, timeline };
  return new ActStage({ ...options, run: 'run' });
}
