/** What resynchronisations cost: the bytes that were sent, and the time by the replicas' logs. */
import { bytes, duration } from '../../format.js';
import type { Step } from '../drill.js';
import type { Row } from '../drill-report.js';
import { type Cost, type Resyncs, stuffOf } from './resyncs.js';

/** The cost of every resynchronisation that was checked, side by side. */
export const showCosts = ({ links }: Resyncs): Step => ({
  kind: 'show',
  says: 'what did they cost?',
  run: async (stage) => {
    const costs = links.map((link) => link.cost()).filter((cost) => cost !== null);
    stage.rows.push(...costs.map(costRow));
  },
});

function costRow({ node, kind, bytes: size, ms }: Cost): Row {
  const sent = size === null || kind === null ? '-' : `${bytes(size)} of ${stuffOf(kind)}`;
  return { node, resync: kind ?? 'none', sent, took: tookText(ms) };
}

/** Logs count whole milliseconds. */
function tookText(ms: number | null): string {
  if (ms === null) return '-';
  if (ms === 0) return 'under 1 ms';
  return ms < 10 ? `${ms} ms` : duration(ms);
}
