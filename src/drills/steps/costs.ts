/** What resynchronisations cost: the bytes that were sent, and the time by the replicas' logs. */
import { bytes, duration } from '../../format.js';
import type { Resync } from '../../live/resyncs.js';
import type { Step } from '../drill.js';
import type { Row } from '../drill-report.js';
import { type Stage, slot } from '../stage.js';

export interface Cost extends Resync {
  /** Null if the log doesn't tell when it began. */
  readonly ms: number | null;
}

const COSTS = slot<Row[]>('the cost of a resynchronisation');

export function noteCost(stage: Stage, cost: Cost): void {
  const before = stage.has(COSTS) ? stage.recall(COSTS) : [];
  stage.keep(COSTS, [...before, costRow(cost)]);
}

/** The cost of every resynchronisation that was confirmed, side by side. */
export const showCosts: Step = {
  kind: 'show',
  says: 'what did they cost?',
  run: async (stage) => {
    stage.rows.push(...stage.recall(COSTS));
  },
};

function costRow({ node, kind, bytes: size, ms }: Cost): Row {
  const sent = size === null ? '-' : `${bytes(size)} of ${kind === 'full' ? 'RDB' : 'backlog'}`;
  return { node, resync: kind ?? 'none', sent, took: tookText(ms) };
}

/** Logs count whole milliseconds. */
function tookText(ms: number | null): string {
  if (ms === null) return '-';
  if (ms === 0) return 'under 1 ms';
  return ms < 10 ? `${ms} ms` : duration(ms);
}
