/** What SENTINEL RESET costs: it forgets the replicas and the other sentinels, and a dead master tells of neither. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { kill } from '../steps/nodes.js';
import { knowAll, names, resetAll } from '../steps/sentinels.js';
import { write } from '../steps/writes.js';
import { watchedBy } from './watched.js';

/** Long enough for a RESET between the death and the election, also on a busy machine. */
const DOWN_AFTER_MS = 5000;

export const forgottenNodes = defineDrill({
  name: 'forgotten-nodes',
  claim:
    'Sentinels that are RESET when the master is dead meet neither its replicas nor each other again, and nobody is promoted; those that had the time to meet again do it.',
  topology: watchedBy({ downAfterMs: DOWN_AFTER_MS }),
  acts: [
    {
      title: 'RESET right after the death of the master',
      steps: ({ master, replicas, sentinels }) => {
        const failover = new Failover(master);
        const failures = [{ how: 'kill', nodes: [master] }] as const;
        const nobody = failover.promotes({ failures, forgetful: true, claimed: 'nobody, s_down' });
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          predict(nobody),
          failover.fails(kill(master)),
          isGone(master),
          resetAll(sentinels),
          check(nobody),
          ...sentinels.map((sentinel) => names(sentinel, master)),
        ];
      },
    },
    {
      title: 'RESET, and the master dies when they have met again',
      steps: ({ master, replicas, sentinels }) => {
        const [chosen] = replicas;
        const failover = new Failover(master);
        const failures = [{ how: 'kill', nodes: [master] }] as const;
        const promotes = failover.promotes({ failures, claimed: chosen });
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          resetAll(sentinels),
          knowAll(sentinels, replicas.length),
          predict(promotes),
          failover.fails(kill(master)),
          isGone(master),
          check(promotes),
        ];
      },
    },
  ],
});
