/** Every drill, in the order in which they build on each other. */
import type { Drill } from '../drill.js';
import { diskFull } from './disk-full.js';
import { guarantees } from './guarantees.js';
import { partitionLong, partitionShort } from './partition.js';
import { restartReplica } from './restart-replica.js';
import { staleRead } from './stale-read.js';

export const DRILLS: readonly Drill[] = [
  restartReplica,
  partitionShort,
  partitionLong,
  diskFull,
  staleRead,
  guarantees,
];
