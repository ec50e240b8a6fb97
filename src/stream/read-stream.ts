/** The end of a living server's stream, up to what it has applied now. */
import { bounded } from '../docker/call.js';
import { duration } from '../format.js';
import { predictResync } from '../psync/predict.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { askReplication, attach, oldestSafe } from './attach.js';
import { alignedToEnd, type Command } from './commands.js';
import { type StreamPlace, Wire } from './wire.js';

export interface Bounds {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Opens a connection, works with it in time, and closes it. */
export async function withWire<T>(
  place: StreamPlace,
  { deadlineMs, signal }: Bounds,
  work: (wire: Wire) => Promise<T>,
): Promise<T> {
  const bounds = {
    deadlineMs,
    signals: [signal],
    overdue: (ms: number) => `what ${place.name} has was not read within ${duration(ms)}`,
    about: () => ({ code: 'stream-silent', node: place.name }) as const,
  };
  let wire: Wire | undefined;
  try {
    return await bounded(bounds, async () => {
      wire = new Wire(place);
      await wire.logIn();
      return work(wire);
    });
  } finally {
    wire?.close();
  }
}

/**
 * Its last commands.
 * @param most at most so many bytes, the last ones
 * @returns null if its stream can't be read: it keeps no backlog, or has lost its link
 */
export const readStream = (
  place: StreamPlace,
  most: number,
  bounds: Bounds,
): Promise<readonly Command[] | null> =>
  withWire(place, bounds, async (wire) => readBacklog(wire, await askReplication(wire), most));

async function readBacklog(
  wire: Wire,
  replication: ReplicationInfo,
  most: number,
): Promise<readonly Command[] | null> {
  const { id, offset, link } = replication;
  const next = Math.max(oldestSafe(replication), offset + 1 - most);
  const bytes = offset + 1 - next;
  const canAnswer = predictResync({ id, next }, replication).kind === 'partial';
  if (!canAnswer || bytes <= 0 || link?.up === false) return null;
  await attach(wire, { id, next }, replication);
  return alignedToEnd(await wire.read(bytes));
}
