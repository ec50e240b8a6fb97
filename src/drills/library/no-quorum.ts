/** Too few sentinels: a dead master stays the one that clients are told of. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { kill, start, together } from '../steps/nodes.js';
import { names } from '../steps/sentinels.js';
import { answer, willBe } from '../steps/will-be.js';
import { write } from '../steps/writes.js';
import { CHOSEN_BY_PRIORITY } from './watched.js';

export const noQuorum = defineDrill({
  name: 'no-quorum',
  claim:
    'With two of three sentinels dead nobody replaces a dead master, and the replicas refuse writes; when one of them is back, a replica is promoted.',
  topology: CHOSEN_BY_PRIORITY,
  acts: [
    {
      title: 'two sentinels and the master die, then one sentinel is back',
      steps: ({ master, replicas: [chosen, other], sentinels: [left, back, dead] }) => {
        const failures = [{ how: 'kill', nodes: [master] }] as const;
        const [alone, joined] = [new Failover(master), new Failover(master)];
        const nobody = alone.promotes({ failures, claimed: 'nobody, s_down' });
        const promotes = joined.promotes({
          failures,
          back: [back],
          isTimed: false,
          claimed: chosen,
        });
        const refused = willBe({
          node: chosen,
          about: 'SET answers',
          is: 'READONLY',
          because: 'it is the replica of a dead master',
          look: answer('SET', 'probe', '1'),
        });
        return [
          write(master, { keys: 1000 }),
          caughtUp([chosen, other], master),
          together([kill(back), kill(dead)]),
          isGone(back),
          predict(nobody, refused),
          alone.fails(kill(master)),
          isGone(master),
          check(nobody),
          check(refused),
          names(left, master),
          predict(promotes),
          joined.fails(start(back)),
          check(promotes),
        ];
      },
    },
  ],
});
