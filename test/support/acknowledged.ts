/** Writers that know which of their writes were acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplyError } from '../../src/redis/node.js';
import { type StreamPlace, Wire } from '../../src/stream/wire.js';

/** Keys a batch: what is in flight when something breaks. */
const BATCH = 20;
/** What is lost in the seconds of a test is to be thousands of writes, not millions. */
const BETWEEN_MS = 10;

/** Writes keys of its own, batch by batch, until it is refused or cut. */
export class Writer {
  readonly acknowledged = new Map<string, string>();
  /** Resolves when it writes no more. */
  readonly ended: Promise<void>;
  readonly #wire: Wire;

  constructor(place: StreamPlace, prefix: string) {
    this.#wire = new Wire(place);
    this.ended = this.#write(prefix).catch(() => {});
  }

  /** Until so many more writes are acknowledged. */
  async until(more: number): Promise<void> {
    const wanted = this.acknowledged.size + more;
    while (this.acknowledged.size < wanted) await sleep(2);
  }

  close(): void {
    this.#wire.close();
  }

  async #write(prefix: string): Promise<void> {
    await this.#wire.logIn();
    for (let round = 0; ; round += 1) {
      const keys = Array.from({ length: BATCH }, (_, index) => `${prefix}:${round}:${index}`);
      const replies = await this.#wire.askAll(keys.map((key) => ['SET', key, key]));
      for (const [index, key] of keys.entries()) {
        if (replies[index] === 'OK') this.acknowledged.set(key, key);
      }
      if (replies.some((reply) => reply instanceof ReplyError)) return;
      await sleep(BETWEEN_MS);
    }
  }
}
