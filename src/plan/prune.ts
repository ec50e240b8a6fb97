/** Which topologies are left over: they have expired, or are older than the user allows. Pure. */
import { expiryOf, partsOf } from '../docker/expiry.js';
import type { EngineTopology } from '../docker/topologies.js';
import { duration } from '../format.js';

export interface Leftover {
  readonly topology: EngineTopology;
  /** In words: `expired 5 min 2 s ago`. */
  readonly why: string;
}

export interface PruneWish {
  readonly nowMs: number;
  /** Take what is at least this old, whether it expires or not; null to go by the expiry. */
  readonly olderThanMs: number | null;
}

export function leftovers(topologies: readonly EngineTopology[], wish: PruneWish): Leftover[] {
  return topologies.flatMap((topology) => {
    const why = wish.olderThanMs === null ? expired(topology, wish.nowMs) : aged(topology, wish);
    return why === null ? [] : [{ topology, why }];
  });
}

function expired(topology: EngineTopology, nowMs: number): string | null {
  const moment = expiryOf(topology);
  return moment === null || moment > nowMs ? null : `expired ${duration(nowMs - moment)} ago`;
}

/** As old as its youngest part: kept data that came up again a minute ago are in use. */
function aged(topology: EngineTopology, { nowMs, olderThanMs }: PruneWish): string | null {
  const age = nowMs - Math.max(...partsOf(topology).map(({ createdMs }) => createdMs));
  return age >= (olderThanMs ?? 0) ? `made ${duration(age)} ago` : null;
}
