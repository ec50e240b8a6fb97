/** The part of a master's stream that some writes took, and whether a replica has it. Pure. */
import { count } from '../format.js';
import type { ReplicationInfo } from '../redis/replication-info.js';

export type Place = Pick<ReplicationInfo, 'id' | 'offset'>;

export interface Stretch {
  readonly id: string;
  /** The master's offset before the first of the writes, and after the last. */
  readonly from: number;
  readonly to: number;
}

/** `unclear`: it has a part of it, or is in another stream. A PING may stand at either end. */
export type Reach = 'all' | 'nothing' | 'unclear';

export function reachOf({ id, offset }: Place, stretch: Stretch): Reach {
  if (id !== stretch.id) return 'unclear';
  if (offset >= stretch.to) return 'all';
  return offset <= stretch.from ? 'nothing' : 'unclear';
}

/** `offsets 1,204 to 1,270; redis-2 is at 1,204` */
export const placeWords = (node: string, { offset }: Place, { from, to }: Stretch): string =>
  `offsets ${count(from)} to ${count(to)}; ${node} is at ${count(offset)}`;
