/** Every drill, in the order in which they build on each other. */
import type { Drill } from '../drill.js';
import { emptyMaster } from './empty-master.js';
import { partitionLong, partitionShort } from './partition.js';
import { restartMaster } from './restart-master.js';
import { restartReplica } from './restart-replica.js';
import { runtimeReplicaof } from './runtime-replicaof.js';
import { sharedBgsave } from './shared-bgsave.js';
import { slowReplica } from './slow-replica.js';

export const DRILLS: readonly Drill[] = [
  runtimeReplicaof,
  restartReplica,
  restartMaster,
  emptyMaster,
  partitionShort,
  partitionLong,
  sharedBgsave,
  slowReplica,
];
