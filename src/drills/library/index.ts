/** Every drill, in the order in which they build on each other. */
import type { Drill } from '../drill.js';
import { lockLoss } from './lock-loss.js';
import { oversell } from './oversell.js';
import { partitionLong, partitionShort } from './partition.js';
import { pauseMaster } from './pause-master.js';
import { restartReplica } from './restart-replica.js';
import { splitBrain } from './split-brain.js';

export const DRILLS: readonly Drill[] = [
  restartReplica,
  partitionShort,
  partitionLong,
  pauseMaster,
  splitBrain,
  lockLoss,
  oversell,
];
