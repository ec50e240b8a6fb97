/**
 * The PSYNC oracle: what an upstream will answer to a replica that comes back, before it is
 * asked. The rule is that of `masterTryPartialResync` in src/replication.c and is the same in
 * every version from 4.0 on; what differs between versions is what a restarted server
 * remembers, which is in `memory.ts`. Pure.
 */
import { bytes, count } from '../format.js';
import type { SyncCounters } from '../redis/info.js';
import type { ReplicationInfo } from '../redis/replication-info.js';

/** What a replica asks to go on with: `PSYNC <id> <next>`. */
export interface PsyncRequest {
  readonly id: string;
  /** The offset of the first byte it does not have. */
  readonly next: number;
}

/** It has nothing to go on with and asks `PSYNC ? -1`; why, in words. */
export interface Forgotten {
  readonly forgot: string;
}

/** The ids that an upstream knows, and the window of its stream that it still holds. */
export type Source = Pick<
  ReplicationInfo,
  'id' | 'secondId' | 'secondOffset' | 'offset' | 'backlog'
>;

export type Rule =
  | 'in-backlog'
  | 'nothing-remembered'
  | 'unknown-id'
  | 'past-second-id'
  | 'no-backlog'
  | 'before-backlog'
  | 'beyond-stream';

export interface Prediction {
  readonly kind: 'partial' | 'full';
  readonly rule: Rule;
  /** What a partial resync sends from the backlog, as of now; null for a full one. */
  readonly bytes: number | null;
  /** Why it must be full, in words; null for a partial one. */
  readonly reason: string | null;
  /** `partial: 18,204 bytes from the backlog`; `full: unknown replication id …`. */
  readonly text: string;
  /** By how much the upstream's counters rise. */
  readonly counters: SyncCounters;
}

/** A replica that was in step goes on right after the last byte it applied. */
export const nextRequest = ({ id, offset }: Pick<ReplicationInfo, 'id' | 'offset'>) => ({
  id,
  next: offset + 1,
});

export function predictResync(request: PsyncRequest | Forgotten, source: Source): Prediction {
  if ('forgot' in request) return full('nothing-remembered', request.forgot, 0);
  const { id, next } = request;
  const { backlog } = source;
  const end = backlog.firstByteOffset + backlog.length;
  if (id !== source.id) {
    if (id !== source.secondId) {
      return full('unknown-id', `unknown replication id ${short(id)} (known: ${known(source)})`);
    }
    const parted = source.secondOffset ?? 0;
    if (next > parted) {
      const words = `it is ${bytes(next - parted)} past the offset at which the ids parted`;
      return full('past-second-id', words);
    }
  }
  if (!backlog.active) return full('no-backlog', 'the upstream keeps no backlog');
  if (next < backlog.firstByteOffset) {
    const missing = bytes(backlog.firstByteOffset - next);
    return full('before-backlog', `the backlog begins ${missing} after this offset`);
  }
  if (next > end) {
    return full('beyond-stream', `it is ${bytes(next - end)} ahead of the upstream's stream`);
  }
  const size = end - next;
  return {
    kind: 'partial',
    rule: 'in-backlog',
    bytes: size,
    reason: null,
    text: `partial: ${count(size)} ${size === 1 ? 'byte' : 'bytes'} from the backlog`,
    counters: { full: 0, partialOk: 1, partialErr: 0 },
  };
}

/** A request that is refused counts as an error too; `PSYNC ? -1` asks for nothing and is no error. */
const full = (rule: Rule, reason: string, partialErr = 1): Prediction => ({
  kind: 'full',
  rule,
  bytes: null,
  reason,
  text: `full: ${reason}`,
  counters: { full: 1, partialOk: 0, partialErr },
});

const short = (id: string): string => id.slice(0, 8);

const known = ({ id, secondId }: Source): string =>
  secondId === null ? short(id) : `${short(id)}, ${short(secondId)}`;

/**
 * How much may still be written before a replica that loses its link now needs a full resync.
 * Bytes; the backlog keeps at least its size. Null if it would need one already.
 */
export function roomLeft(request: PsyncRequest, source: Source): number | null {
  const prediction = predictResync(request, source);
  if (prediction.bytes === null) return null;
  return Math.max(0, source.backlog.size - prediction.bytes);
}
