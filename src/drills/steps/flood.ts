/**
 * A load that fills buffers: big values over a few keys, so that the data set stays small. It
 * waits for a replica's answer, but not for long: one that reads sets the pace and is never
 * overrun, one that does not is.
 */
import { randomBytes } from 'node:crypto';
import type { RedisNode } from '../../redis/node.js';
import type { Step } from '../drill.js';

const KEYS = 16;
const VALUE = randomBytes(32 * 1024).toString('hex');
const PATIENCE_MS = 50;

export class Flood {
  readonly #to: string;
  #redis: RedisNode | null = null;
  #startedAt = 0;
  #bytes = 0;
  #going = true;
  #running: Promise<void> = Promise.resolve();

  constructor(to: string) {
    this.#to = to;
  }

  get start(): Step {
    return {
      kind: 'write',
      says: `flood ${this.#to}: 1 MB after the other`,
      nodes: [this.#to],
      run: async (stage) => {
        const redis = stage.live.connect(this.#to);
        this.#redis = redis;
        this.#startedAt = performance.now();
        stage.atEnd(() => this.#end().catch(() => {}));
        this.#running = this.#run(redis);
        // Whoever stops it is told.
        this.#running.catch(() => {});
      },
    };
  }

  get stop(): Step {
    return { kind: 'write', says: 'stop the flood', run: () => this.#end() };
  }

  bytesPerSecond(): number {
    return (this.#bytes * 1000) / (performance.now() - this.#startedAt);
  }

  /** Rejects with what went wrong meanwhile. */
  async #end(): Promise<void> {
    this.#going = false;
    await this.#running.finally(() => this.#redis?.close());
  }

  async #run(redis: RedisNode): Promise<void> {
    while (this.#going) {
      const sets = Array.from({ length: KEYS }, (_, at) => redis.call('SET', `flood:${at}`, VALUE));
      await Promise.all(sets);
      this.#bytes += KEYS * VALUE.length;
      await redis.call('WAIT', 1, PATIENCE_MS);
    }
  }
}
