import type { Act, Drill, Step } from '../drill.js';
import { BOUNDED, DISCARDED } from '../fate.js';
import { confirm } from '../steps/confirm.js';
import { sameData } from '../steps/data.js';
import { allMasters, caughtUp, isolate } from '../steps/failover.js';
import { fateCame, foretellFate } from '../steps/fate.js';
import { attach, join, promote } from '../steps/nodes.js';
import { predictLink } from '../steps/predict-resync.js';
import { untilRefused, writeCounted, writeUntilRefused } from '../steps/tally.js';
import { write } from '../steps/writes.js';

const OLD = 'redis-1';
const HEIR = 'redis-2';
const OTHER = 'redis-3';

/** The old master is cut off and goes on taking writes; the others go on without it. */
const split = (
  title: string,
  config: Readonly<Record<string, string>>,
  { fate, begin = [], end }: { fate: string; begin?: readonly Step[]; end: readonly Step[] },
): Act => ({
  title,
  setting: { replicas: 2, config },
  steps: [
    write({ keys: 1000, prefix: 'before' }),
    caughtUp([HEIR, OTHER]),
    foretellFate(OLD, 'silent', fate),
    isolate(OLD),
    ...begin,
    promote(HEIR),
    predictLink(OTHER, 'partial', HEIR),
    attach(OTHER, HEIR),
    confirm(HEIR),
    allMasters([OLD, HEIR]),
    write({ keys: 300, prefix: 'meanwhile', to: HEIR }),
    ...end,
    predictLink(OLD, 'full', HEIR),
    join(OLD),
    attach(OLD, HEIR),
    confirm(HEIR),
    fateCame(OLD, HEIR),
    sameData([OLD, OTHER], HEIR),
  ],
});

export const splitBrain: Drill = {
  name: 'split-brain',
  claim:
    'An isolated master acknowledges writes beside the new one and all of them are discarded; min-replicas-to-write bounds them, but not to zero.',
  acts: [
    split('two masters take writes', {}, { fate: DISCARDED, end: [writeCounted(OLD, 200)] }),
    split(
      'two masters, min-replicas-to-write 1 with a lag of 3 s',
      { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '3' },
      { fate: BOUNDED, begin: [writeUntilRefused(OLD)], end: [untilRefused(OLD)] },
    ),
  ],
};
