import type { DrillFacts } from '../../error-facts.js';
import type { Hints } from './hints.js';

export const DRILL_HINTS: Hints<DrillFacts> = {
  'no-drill': ({ drills }) =>
    `\`rrepl drill list\` shows them: ${drills.join(', ')}; one of your own is named by the path of its file, ./my-drill.mjs`,
  'drill-file': () => 'docs/drills.md shows a drill of 25 lines',
  'recovery-without-replica': () =>
    '`--recover restart` brings the same master back; else add a replica',
  'wait-unmet': ({ attached }) =>
    attached === 0 ? 'leave --wait out' : `ask for --wait ${attached} at most`,
  'min-replicas-unmet': ({ attached }) =>
    `set min-replicas-to-write to ${attached} at most, or add replicas`,
};
