import type { Drill } from '../drill.js';
import { confirm } from '../steps/confirm.js';
import { showCosts } from '../steps/costs.js';
import { sameData } from '../steps/data.js';
import { inStep } from '../steps/in-step.js';
import { cut, join, together } from '../steps/nodes.js';
import { predictLink } from '../steps/predict-resync.js';
import { write } from '../steps/writes.js';

/** Both were cut off, but only one of them for longer than the backlog lasts. */
const LONG = 'redis-2';
const SHORT = 'redis-3';

export const partitionLong: Drill = {
  name: 'partition-long',
  claim: 'A replica that was cut off for more than the backlog holds gets all the data again.',
  acts: [
    {
      title: '3 MB against a backlog of 1 MB; redis-3 is cut off only after them',
      setting: { replicas: 2, config: { 'repl-backlog-size': '1mb' } },
      steps: [
        write({ keys: 1000, prefix: 'before' }),
        cut(LONG),
        write({ keys: 3000, valueBytes: 1024, prefix: 'meanwhile' }),
        inStep(SHORT),
        cut(SHORT),
        write({ keys: 50, prefix: 'late' }),
        predictLink(LONG, 'full'),
        predictLink(SHORT, 'partial'),
        together([join(LONG), join(SHORT)]),
        confirm(),
        showCosts,
        sameData([LONG, SHORT]),
      ],
    },
  ],
};
