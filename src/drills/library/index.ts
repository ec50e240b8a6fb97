/** Every drill, in the order in which they build on each other. */
import type { Drill } from '../drill.js';
import { diskFull } from './disk-full.js';
import { electionByOffset } from './election-by-offset.js';
import { emptyMaster } from './empty-master.js';
import { emptyMasterReborn } from './empty-master-reborn.js';
import { failover } from './failover.js';
import { forgottenNodes } from './forgotten-nodes.js';
import { guarantees } from './guarantees.js';
import { hungMasterWakes } from './hung-master-wakes.js';
import { lockLoss } from './lock-loss.js';
import { manualFailoverLoses } from './manual-failover-loses.js';
import { minorityMaster } from './minority-master.js';
import { nameLoss } from './name-loss.js';
import { noQuorum } from './no-quorum.js';
import { onlyPriorityZero } from './only-priority-zero.js';
import { oversell } from './oversell.js';
import { partitionLong } from './partition-long.js';
import { partitionShort } from './partition-short.js';
import { pauseMaster } from './pause-master.js';
import { quorumIsNotMajority } from './quorum-is-not-majority.js';
import { restartMaster } from './restart-master.js';
import { restartReplica } from './restart-replica.js';
import { runtimeReplicaof } from './runtime-replicaof.js';
import { sharedBgsave } from './shared-bgsave.js';
import { slowReplica } from './slow-replica.js';
import { splitBrain } from './split-brain.js';
import { staleClient } from './stale-client.js';
import { staleRead } from './stale-read.js';
import { inTilt } from './tilt.js';

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
  failover,
  noQuorum,
  quorumIsNotMajority,
  minorityMaster,
  hungMasterWakes,
  emptyMasterReborn,
  onlyPriorityZero,
  electionByOffset,
  staleClient,
  manualFailoverLoses,
  forgottenNodes,
  inTilt,
  nameLoss,
  guarantees,
];
