/** Every drill, in the order in which they build on each other. */
import type { Drill } from '../drill.js';
import { diskFull } from './disk-full.js';
import { emptyMaster } from './empty-master.js';
import { guarantees } from './guarantees.js';
import { lockLoss } from './lock-loss.js';
import { oversell } from './oversell.js';
import { partitionLong } from './partition-long.js';
import { partitionShort } from './partition-short.js';
import { pauseMaster } from './pause-master.js';
import { restartMaster } from './restart-master.js';
import { restartReplica } from './restart-replica.js';
import { runtimeReplicaof } from './runtime-replicaof.js';
import { sharedBgsave } from './shared-bgsave.js';
import { slowReplica } from './slow-replica.js';
import { splitBrain } from './split-brain.js';
import { staleRead } from './stale-read.js';

export const DRILLS: readonly Drill[] = [
  runtimeReplicaof,
  restartReplica,
  partitionShort,
  partitionLong,
  sharedBgsave,
  restartMaster,
  emptyMaster,
  pauseMaster,
  splitBrain,
  slowReplica,
  diskFull,
  lockLoss,
  oversell,
  staleRead,
  guarantees,
];
