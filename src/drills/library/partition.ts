import type { Drill } from '../drill.js';
import { sameData } from '../steps/data.js';
import { cut, join } from '../steps/nodes.js';
import { confirm, predictLink } from '../steps/resync.js';
import { write } from '../steps/writes.js';

const REPLICA = 'redis-2';
const config = { 'repl-backlog-size': '1mb' };

export const partitionShort: Drill = {
  name: 'partition-short',
  claim: 'A replica that was cut off resumes if all that was written meanwhile is in the backlog.',
  acts: [
    {
      title: '50 small keys against a backlog of 1 MB',
      setting: { replicas: 1, config },
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

export const partitionLong: Drill = {
  name: 'partition-long',
  claim: 'A replica that was cut off for more than the backlog holds gets all the data again.',
  acts: [
    {
      title: '3 MB against a backlog of 1 MB',
      setting: { replicas: 1, config },
      steps: [
        write({ keys: 1000, prefix: 'before' }),
        cut(REPLICA),
        write({ keys: 3000, valueBytes: 1024, prefix: 'meanwhile' }),
        predictLink(REPLICA, 'full'),
        join(REPLICA),
        confirm(),
        sameData([REPLICA]),
      ],
    },
  ],
};
