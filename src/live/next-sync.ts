/** What a replica's next synchronisation will be, if its link breaks or once it comes back. Pure. */
import { nextRequest, predictResync, roomLeft } from '../psync/predict.js';
import type { ReplicationInfo } from '../redis/replication-info.js';

export interface NextSync {
  readonly kind: 'partial' | 'full';
  /** Why it must be full, in words; null for a partial one. */
  readonly reason: string | null;
  /** How much may still be written before it must be full; null if it must already. */
  readonly roomBytes: number | null;
  /** How fast its upstream's stream grows; null if that was not measured. */
  readonly bytesPerSecond: number | null;
  /** How long the room lasts at this rate; null if nothing is written. */
  readonly seconds: number | null;
}

/** Null during a full resync: the replica has no place in the stream to come back to. */
export function nextSync(replica: ReplicationInfo, upstream: ReplicationInfo): NextSync | null {
  if (replica.link === null || replica.link.syncing) return null;
  const request = nextRequest(notAhead(replica, upstream));
  const { kind, reason } = predictResync(request, upstream);
  const roomBytes = roomLeft(request, upstream);
  return { kind, reason, roomBytes, bytesPerSecond: null, seconds: null };
}

/** Both are asked at the same time: a replica may have applied what its upstream had yet to write. */
function notAhead({ id, offset, link }: ReplicationInfo, upstream: ReplicationInfo) {
  const attached = link?.up === true && id === upstream.id;
  return { id, offset: attached ? Math.min(offset, upstream.offset) : offset };
}

export function atRate(next: NextSync, bytesPerSecond: number): NextSync {
  const lasts = next.roomBytes !== null && bytesPerSecond > 0;
  return {
    ...next,
    bytesPerSecond,
    seconds: lasts ? Math.floor(next.roomBytes / bytesPerSecond) : null,
  };
}
