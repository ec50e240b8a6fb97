import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { sameData } from '../steps/data.js';
import { cut, join } from '../steps/nodes.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { write } from '../steps/writes.js';

export const partitionShort = defineDrill({
  name: 'partition-short',
  claim: 'A replica that was cut off resumes if all that was written meanwhile is in the backlog.',
  topology: { replicas: 1, config: { 'repl-backlog-size': '1mb' } },
  acts: [
    {
      title: '50 small keys against a backlog of 1 MB',
      steps: ({ master, replicas: [replica] }) => {
        const back = resyncs(master, reconnects(replica, 'partial'));
        return [
          write(master, { keys: 1000, prefix: 'before' }),
          cut(replica),
          write(master, { keys: 50, prefix: 'meanwhile' }),
          predict(back),
          join(replica),
          check(back),
          sameData([replica], master),
        ];
      },
    },
  ],
});
