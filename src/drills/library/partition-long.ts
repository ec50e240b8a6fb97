import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { showCosts } from '../steps/costs.js';
import { sameData } from '../steps/data.js';
import { inStep } from '../steps/in-step.js';
import { cut, join, together } from '../steps/nodes.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { write } from '../steps/writes.js';

export const partitionLong = defineDrill({
  name: 'partition-long',
  claim: 'A replica that was cut off for more than the backlog holds gets all the data again.',
  topology: { replicas: 2, config: { 'repl-backlog-size': '1mb' } },
  acts: [
    {
      title: '3 MB against a backlog of 1 MB; redis-3 is cut off only after them',
      steps: ({ master, replicas: [long, short] }) => {
        const back = resyncs(master, reconnects(long, 'full'), reconnects(short, 'partial'));
        return [
          write(master, { keys: 1000, prefix: 'before' }),
          cut(long),
          write(master, { keys: 3000, valueBytes: 1024, prefix: 'meanwhile' }),
          inStep(short, master),
          cut(short),
          write(master, { keys: 50, prefix: 'late' }),
          predict(back),
          together([join(long), join(short)]),
          check(back),
          showCosts(back),
          sameData([long, short], master),
        ];
      },
    },
  ],
});
