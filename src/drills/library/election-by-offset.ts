/** Which of two replicas is promoted: the lowest priority, then the highest offset, then the run id. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology } from '../drill.js';
import { holds } from '../steps/data.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { fallBehind, isBehind } from '../steps/lag.js';
import { kill } from '../steps/nodes.js';
import { write } from '../steps/writes.js';
import { watchedBy } from './watched.js';

const KEYS = 1000;
const MISSED = 500;

const { nodes: byPriority, ...watched } = watchedBy();
const alike: DrillTopology = { replicas: 2, ...watched };

const lagging = (
  title: string,
  topology: DrillTopology,
  chooses: 'the one ahead' | 'the one behind',
): Act => ({
  title,
  topology,
  steps: ({ master, replicas: [behind, ahead] }) => {
    const failover = new Failover(master);
    const chosen = chooses === 'the one ahead' ? ahead : behind;
    const failures = [{ how: 'kill', nodes: [master] }] as const;
    const promotes = failover.promotes({ failures, claimed: chosen });
    const has = chooses === 'the one ahead' ? KEYS + MISSED : KEYS;
    return [
      write(master, { keys: KEYS, prefix: 'before' }),
      caughtUp([behind, ahead], master),
      fallBehind(behind),
      write(master, { keys: MISSED, prefix: 'missed' }),
      caughtUp([ahead], master),
      isBehind(behind, ahead),
      predict(promotes),
      failover.fails(kill(master)),
      isGone(master),
      check(promotes),
      holds(chosen, has, 'what it has is what counts from now on'),
    ];
  },
});

const byRunId: Act = {
  title: 'the same priority and the same offset',
  topology: alike,
  steps: ({ master, replicas }) => {
    const failover = new Failover(master);
    const promotes = failover.promotes({ failures: [{ how: 'kill', nodes: [master] }] });
    return [
      write(master, { keys: KEYS }),
      caughtUp(replicas, master),
      predict(promotes),
      failover.fails(kill(master)),
      isGone(master),
      check(promotes),
    ];
  },
};

export const electionByOffset = defineDrill({
  name: 'election-by-offset',
  claim:
    'Sentinel promotes the replica of the lowest priority, though it lacks writes; of the same priority the one that has most; at the same offset the run id decides.',
  acts: [
    lagging('one replica lags: the other', alike, 'the one ahead'),
    lagging(
      'one replica lags, and has the lower priority: that one',
      { ...watched, nodes: byPriority },
      'the one behind',
    ),
    byRunId,
  ],
});
