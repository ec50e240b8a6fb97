/** Replicas of priority 0 are never promoted: a dead master stays dead until one may be. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { configure, kill } from '../steps/nodes.js';
import { anyLogs, names } from '../steps/sentinels.js';
import { write } from '../steps/writes.js';
import { watchedBy } from './watched.js';

const PRIORITY = 5;
const NEVER = { 'replica-priority': 0 } as const;

export const onlyPriorityZero = defineDrill({
  name: 'only-priority-zero',
  claim:
    'Where every replica has priority 0 Sentinel elects a leader again and again, and promotes nobody; with another priority one is promoted at the next try.',
  topology: {
    ...watchedBy(),
    nodes: {
      'redis-1': null,
      'redis-2': { replicaOf: 'redis-1', config: NEVER },
      'redis-3': { replicaOf: 'redis-1', config: NEVER },
    },
  },
  acts: [
    {
      title: 'the master dies; then one replica gets priority 5',
      steps: ({ master, replicas, sentinels }) => {
        const [chosen] = replicas;
        const [first, next] = [new Failover(master), new Failover(master)];
        const failures = [{ how: 'kill', nodes: [master] }] as const;
        const nobody = first.promotes({ failures, claimed: 'nobody, o_down' });
        const promotes = next.promotes({
          failures,
          priorities: { [chosen]: PRIORITY },
          isTimed: false,
          claimed: chosen,
        });
        const aborted = anyLogs(sentinels, {
          words: '-failover-abort-no-good-slave',
          because: 'the leader that is elected finds no replica eligible',
        });
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          predict(nobody, aborted),
          first.fails(kill(master)),
          isGone(master),
          check(nobody),
          check(aborted),
          ...sentinels.map((sentinel) => names(sentinel, master)),
          predict(promotes),
          next.fails(configure(chosen, 'replica-priority', String(PRIORITY))),
          check(promotes),
        ];
      },
    },
  ],
});
