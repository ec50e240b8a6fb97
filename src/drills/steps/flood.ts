/**
 * A load that fills buffers: big values over a few keys, so that the data set stays small. It
 * waits for a replica's answer, but not for long: one that reads sets the pace and is never
 * overrun, one that does not is.
 */
import { randomBytes } from 'node:crypto';
import type { RedisNode } from '../../redis/node.js';
import type { Step } from '../drill.js';
import { slot } from '../stage.js';

const KEYS = 16;
const VALUE = randomBytes(32 * 1024).toString('hex');
const PATIENCE_MS = 50;

class Flood {
  readonly #redis: RedisNode;
  readonly #startedAt = performance.now();
  #bytes = 0;
  #going = true;
  #running: Promise<void> = Promise.resolve();

  constructor(redis: RedisNode) {
    this.#redis = redis;
  }

  start(): void {
    this.#running = this.#run();
    // Whoever stops it is told.
    this.#running.catch(() => {});
  }

  bytesPerSecond(): number {
    return (this.#bytes * 1000) / (performance.now() - this.#startedAt);
  }

  /** Rejects with what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.#going = false;
    await this.#running.finally(() => this.#redis.close());
  }

  async #run(): Promise<void> {
    while (this.#going) {
      const sets = Array.from({ length: KEYS }, (_, at) =>
        this.#redis.call('SET', `flood:${at}`, VALUE),
      );
      await Promise.all(sets);
      this.#bytes += KEYS * VALUE.length;
      await this.#redis.call('WAIT', 1, PATIENCE_MS);
    }
  }
}

export const FLOOD = slot<Flood>('flood');

export const startFlood = (to = 'redis-1'): Step => ({
  kind: 'write',
  says: `flood ${to}: 1 MB after the other`,
  run: async (stage) => {
    const flood = new Flood(stage.live.connect(to));
    stage.keep(FLOOD, flood);
    stage.atEnd(() => flood.stop().catch(() => {}));
    flood.start();
  },
});

export const stopFlood: Step = {
  kind: 'write',
  says: 'stop the flood',
  run: (stage) => stage.recall(FLOOD).stop(),
};
