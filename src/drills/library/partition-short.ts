import type { Drill } from '../drill.js';
import { confirm } from '../steps/confirm.js';
import { sameData } from '../steps/data.js';
import { cut, join } from '../steps/nodes.js';
import { predictLink } from '../steps/predict-resync.js';
import { write } from '../steps/writes.js';

const REPLICA = 'redis-2';

export const partitionShort: Drill = {
  name: 'partition-short',
  claim: 'A replica that was cut off resumes if all that was written meanwhile is in the backlog.',
  acts: [
    {
      title: '50 small keys against a backlog of 1 MB',
      setting: { replicas: 1, config: { 'repl-backlog-size': '1mb' } },
      steps: [
        write({ keys: 1000, prefix: 'before' }),
        cut(REPLICA),
        write({ keys: 50, prefix: 'meanwhile' }),
        predictLink(REPLICA, 'partial'),
        join(REPLICA),
        confirm(),
        sameData([REPLICA]),
      ],
    },
  ],
};
