/** Whether the AOF of a server that is dead holds all that a living replica has. */
import { type AofAt, readPast } from './aof-past.js';
import { type Held, holdsAllOf, type Past } from './holds.js';
import { readStream } from './read-stream.js';
import type { StreamPlace } from './wire.js';

/** Where the last commands of a living replica can be read. */
export interface LivingPast {
  /** Its own AOF; null while that is off. */
  readonly aof: AofAt | null;
  /** Its stream; a replica without a link gives it to nobody. Null for one that isn't to be asked. */
  readonly stream: StreamPlace | null;
}

export interface Limits {
  /** How much of an AOF is read, and of a stream, at the most. */
  readonly bytes: number;
  /** For what is read from a server. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** At first; more only where this much doesn't tell. */
const FIRST_BYTES = 1024 * 1024;
const GROWTH = 8;

export async function aofHasAllOf(dead: AofAt, living: LivingPast, limits: Limits): Promise<Held> {
  for (let bytes = Math.min(FIRST_BYTES, limits.bytes); ; bytes *= GROWTH) {
    const most = Math.min(bytes, limits.bytes);
    const [held, wanted] = await Promise.all([
      readPast(dead, most),
      readLiving(living, most, limits),
    ]);
    const found = wanted === null ? 'unknown' : holdsAllOf(wanted, held);
    if (found !== 'unknown' || wanted === null || most === limits.bytes) return found;
  }
}

async function readLiving(
  { aof, stream }: LivingPast,
  bytes: number,
  limits: Limits,
): Promise<Past | null> {
  if (aof !== null) return readPast(aof, bytes);
  const commands = stream && (await readStream(stream, bytes, limits));
  return commands && { commands, fromStart: false };
}
