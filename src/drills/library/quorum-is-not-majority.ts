/**
 * The quorum says how many sentinels must find the master down. A leader needs votes of more than
 * half of all sentinels all the same, so a quorum of 1 elects nobody, and never makes two masters.
 */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { Failover } from '../steps/election.js';
import { isGone, isolate } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { kill, together } from '../steps/nodes.js';
import { names } from '../steps/sentinels.js';
import { isMaster } from '../steps/switchover.js';
import { logged, willBe } from '../steps/will-be.js';
import { write } from '../steps/writes.js';
import { watchedBy } from './watched.js';

const notElected = (sentinel: string) =>
  willBe({
    node: sentinel,
    about: 'its log says',
    is: '-failover-abort-not-elected',
    because: 'it has the quorum, and asks two sentinels for votes that never come',
    look: logged('-failover-abort-not-elected'),
  });

export const quorumIsNotMajority = defineDrill({
  name: 'quorum-is-not-majority',
  claim:
    'A quorum of 1 lets a single sentinel find the master down, and elects nobody: a leader needs the votes of most sentinels.',
  topology: watchedBy({ quorum: 1 }),
  acts: [
    {
      title: 'quorum 1: two sentinels and the master die',
      steps: ({ master, replicas, sentinels: [left, ...dead] }) => {
        const failover = new Failover(master);
        const failures = [{ how: 'kill', nodes: [master] }] as const;
        const nobody = failover.promotes({ failures, claimed: 'nobody, o_down' });
        const tried = notElected(left);
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          together(dead.map(kill)),
          ...dead.map(isGone),
          predict(nobody, tried),
          failover.fails(kill(master)),
          isGone(master),
          check(nobody),
          check(tried),
          names(left, master),
        ];
      },
    },
    {
      title: 'quorum 1: one sentinel is cut off from all others',
      steps: ({ master, replicas, sentinels: [cutOff, ...others] }) => {
        const failover = new Failover(master);
        const nobody = failover.promotes({
          failures: [{ how: 'cut', nodes: [cutOff] }],
          claimed: 'nobody, o_down',
        });
        const tried = notElected(cutOff);
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          predict(nobody, tried),
          failover.fails(isolate(cutOff)),
          check(nobody),
          check(tried),
          isMaster(master),
          ...[cutOff, ...others].map((sentinel) => names(sentinel, master)),
        ];
      },
    },
  ],
});
