/** Waiting that can be broken off. */
import { setTimeout } from 'node:timers/promises';

/** Rejects with the signal's reason: Node's own says only that it was aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
