/** Why servers and sentinels know each other by addresses: a name must be looked up when its server is dead. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import {
  killedUnnamed,
  looksUpAgain,
  loseNames,
  monitorByName,
  tiltByLookUp,
} from '../steps/names.js';
import { kill } from '../steps/nodes.js';
import { knowAll } from '../steps/sentinels.js';
import { write } from '../steps/writes.js';
import { CHOSEN_BY_PRIORITY } from './watched.js';

export const nameLoss = defineDrill({
  name: 'name-loss',
  claim:
    'From 7.0 on, sentinels that know the master by a name hang if nobody answers when they look it up, go into TILT, and do not replace a dead master; those that know its address do.',
  topology: CHOSEN_BY_PRIORITY,
  acts: [
    {
      title: 'by name: names can be looked up no more, then the master dies',
      steps: ({ master, replicas, sentinels }) => {
        const [chosen = ''] = replicas;
        const failover = new Failover(master);
        const nobody = failover.promotes({
          failures: killedUnnamed(master, sentinels),
          claimed: (server) => (looksUpAgain(server) ? 'nobody, up' : chosen),
        });
        const tilted = tiltByLookUp(sentinels, failover);
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          monitorByName(sentinels, master),
          knowAll(sentinels, replicas.length),
          loseNames(sentinels),
          predict(nobody, tilted),
          failover.fails(kill(master)),
          isGone(master),
          check(tilted),
          check(nobody),
        ];
      },
    },
    {
      title: 'by address: the same',
      steps: ({ master, replicas, sentinels }) => {
        const failover = new Failover(master);
        const failures = [{ how: 'kill', nodes: [master] }] as const;
        const promotes = failover.promotes({ failures, claimed: replicas[0] });
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          loseNames(sentinels),
          predict(promotes),
          failover.fails(kill(master)),
          isGone(master),
          check(promotes),
          failover.notBefore(promotes),
        ];
      },
    },
  ],
});
