/** What is not done on topologies that Sentinel watches. */
import { FailedError } from '../errors.js';
import type { LiveTopology } from '../live/live-topology.js';

/** @throws FailedError where sentinels would take what is done for a failure, or undo it. */
export function refuseSentinels(
  { name: topology, sentinels }: Pick<LiveTopology, 'name' | 'sentinels'>,
  operation: string,
): void {
  if (sentinels.length === 0) return;
  throw new FailedError(
    `${operation} is not done while sentinels watch ${topology}: they would take it for a failure and fail over`,
    { about: { code: 'against-sentinels', topology } },
  );
}
