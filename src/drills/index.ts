/** What a drill of one's own is made of. */
export { type Claim, check, predict, rule, type Said } from './claim.js';
export { type DrillDefinition, defineDrill } from './define-drill.js';
export type { Act, Drill, DrillTopology, Nodes, Step, StepKind } from './drill.js';
export type { ActReport, DrillReport, Foreseen, Row } from './drill-report.js';
export type { Stage, StageNode } from './stage.js';
export { holds, sameData } from './steps/data.js';
export { allMasters, isGone, isolate, takeOver } from './steps/failover.js';
export { caughtUp, inStep } from './steps/in-step.js';
export { keysAfterRestart, servesOldData } from './steps/kept.js';
export {
  attach,
  configure,
  cut,
  join,
  kill,
  pause,
  promote,
  rewrite,
  save,
  shutdown,
  start,
  stop,
  together,
  unpause,
} from './steps/nodes.js';
export { reconnects, restarts, resyncs, upstreamRestarts } from './steps/resyncs.js';
export { hasReplicas, roleAfterRestart } from './steps/roles.js';
export { isMaster, switchover } from './steps/switchover.js';
export { answer, logged, type WillBe, willBe } from './steps/will-be.js';
export { BackgroundLoad, write } from './steps/writes.js';
export { noneLost, type Written, writesRow } from './steps/written.js';
