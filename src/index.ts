/**
 * rrepl as a library: Redis replication topologies in Docker, for programs and tests.
 *
 *     await using redis = await up({ replicas: 2, image: 'redis:6.0' });
 *     const client = new Redis(redis.url);
 */
export type { Leads } from './door/door.js';
export type { CommandCounts, Silence, Traffic } from './door/traffic.js';
export type { KillMasterReport } from './drills/account.js';
export * from './drills/index.js';
export {
  type About,
  ConfirmationError,
  DeadlineError,
  EngineError,
  type ErrorCode,
  FailedError,
  InterruptedError,
  InvalidError,
  InvalidTopologyError,
  type Problem,
  RreplError,
  UsageError,
} from './errors.js';
export type {
  AddressesOptions,
  AgreedOptions,
  AttachOptions,
  DoorOptions,
  DownOptions,
  DrillOptions,
  KillMasterOptions,
  LibraryOptions,
  LogsOptions,
  RunOptions,
  StatusOptions,
  TapOptions,
  UpOptions,
} from './library/calls.js';
export type { Topology, TopologyAddress } from './library/topology.js';
export { attach, runDrill, up } from './library/up.js';
export type { NodeStatus, TopologyStatus } from './live/status.js';
export type { Why } from './live/why.js';
export type { AddressesResult } from './operations/addresses.js';
export type { OpenDoor } from './operations/door.js';
export type { FailoverResult } from './operations/failover.js';
export type { FaultResult } from './operations/faults.js';
export type { HealResult } from './operations/heal.js';
export type { OperationEvent, OperationOptions } from './operations/operation.js';
export type { ResetResult } from './operations/reset.js';
export type { NodeSetAside, RestoreResult } from './operations/restore.js';
export type { Cut, FaultReport, Loss, LostWrite, RunReport } from './program/report.js';
export type { CheckResult, Verdict, VerifyReport } from './verify/check.js';
