/** A master that dies, hangs or is cut off is replaced by Sentinel; the writers see how long it takes. */
import type { FailureKind } from '../../election/facts.js';
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, Step } from '../drill.js';
import { Failover } from '../steps/election.js';
import { failoverRow } from '../steps/election-row.js';
import { allMasters, isGone, isolate } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { kill, pause } from '../steps/nodes.js';
import { hasReplicas } from '../steps/roles.js';
import { BackgroundLoad, write } from '../steps/writes.js';
import { countWrites } from '../steps/written.js';
import { CHOSEN_BY_PRIORITY } from './watched.js';

const FAULTS: Readonly<Record<FailureKind, (node: string) => Step>> = {
  kill,
  hang: pause,
  cut: isolate,
};

const act = (how: FailureKind, title: string): Act => ({
  title,
  topology: CHOSEN_BY_PRIORITY,
  steps: ({ master, replicas: [chosen, other] }) => {
    const load = new BackgroundLoad(master);
    const failover = new Failover(master, load);
    const promotes = failover.promotes({ failures: [{ how, nodes: [master] }], claimed: chosen });
    return [
      write(master, { keys: 1000 }),
      caughtUp([chosen, other], master),
      load.start,
      load.untilWritten(200),
      predict(promotes),
      failover.fails(FAULTS[how](master)),
      ...(how === 'cut' ? [] : [isGone(master)]),
      check(promotes),
      failover.notBefore(promotes),
      ...(how === 'cut' ? [allMasters([master, chosen])] : []),
      load.untilWritten(200),
      load.stop,
      hasReplicas(chosen, 1),
      countWrites(load, () => chosen),
      failoverRow(how, { failover, promotes, load }),
    ];
  },
});

export const failover = defineDrill({
  name: 'failover',
  claim:
    'Sentinel replaces a master that is silent for down-after: soon after it is killed, up to a second later if it hangs or is cut off, and then there are two.',
  acts: [
    act('kill', 'the master is killed'),
    act('hang', 'the master hangs'),
    act('cut', 'the master is cut off; writers still reach it'),
  ],
});
