/** A master that hung and was replaced takes itself for the master when it wakes, until Sentinel tells it. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { DISCARDED } from '../replaced-master.js';
import { sameData } from '../steps/data.js';
import { demotion } from '../steps/demotion.js';
import { Failover } from '../steps/election.js';
import { allMasters, isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { pause, unpause } from '../steps/nodes.js';
import { writesOf } from '../steps/replaced.js';
import { Tally, writeCounted } from '../steps/tally.js';
import { write } from '../steps/writes.js';
import { CHOSEN_BY_PRIORITY } from './watched.js';

export const hungMasterWakes = defineDrill({
  name: 'hung-master-wakes',
  claim:
    'A hung master that Sentinel has replaced is a master again for some ten seconds when it wakes, and a client that stayed with it loses all that it writes then.',
  topology: CHOSEN_BY_PRIORITY,
  acts: [
    {
      title: 'it wakes when another is the master, and a client writes to it',
      steps: ({ master: old, replicas }) => {
        const [chosen, other] = replicas;
        const tally = new Tally();
        const failover = new Failover(old);
        const failures = [{ how: 'hang', nodes: [old] }] as const;
        const promotes = failover.promotes({ failures, claimed: chosen });
        const lost = { node: old, successor: chosen, loss: 'known', tally } as const;
        const writes = writesOf(lost, DISCARDED);
        const back = demotion(old, chosen, 'hang');
        return [
          write(old, { keys: 1000, prefix: 'before' }),
          caughtUp(replicas, old),
          predict(promotes, writes),
          failover.fails(pause(old)),
          isGone(old),
          check(promotes),
          failover.notBefore(promotes),
          predict(back.claim),
          back.returns(unpause(old)),
          allMasters([old, chosen]),
          writeCounted(old, 200, tally),
          check(back.claim, writes),
          sameData([old, other], chosen),
        ];
      },
    },
  ],
});
