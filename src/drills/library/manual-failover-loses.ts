/**
 * SENTINEL FAILOVER moves the role of a living master as if it were dead: the old one takes writes
 * until Sentinel demotes it. A switchover lets it refuse writes first.
 */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act } from '../drill.js';
import { Failover } from '../steps/election.js';
import { caughtUp } from '../steps/in-step.js';
import { manualFailover, names } from '../steps/sentinels.js';
import { isMaster, switchover } from '../steps/switchover.js';
import { BackgroundLoad, write } from '../steps/writes.js';
import { anyOf, countWrites, noneLost, writesRow } from '../steps/written.js';
import { CHOSEN_BY_PRIORITY } from './watched.js';

const byHand: Act = {
  title: 'SENTINEL FAILOVER; the writers stay until they are refused',
  topology: CHOSEN_BY_PRIORITY,
  steps: ({ master, replicas, sentinels: [first] }) => {
    const [chosen] = replicas;
    const load = new BackgroundLoad(master);
    const failover = new Failover(master);
    // As if the master hung: it goes on, and whom it takes is the same.
    const failures = [{ how: 'hang', nodes: [master] }] as const;
    const promotes = failover.promotes({ failures, isTimed: false, claimed: chosen });
    const lost = anyOf('lost', load, {
      node: master,
      about: 'acknowledged writes are lost:',
      is: 'some',
      because:
        'the old master takes writes until Sentinel demotes it, and none of them is on the new one',
    });
    return [
      write(master, { keys: 1000 }),
      caughtUp(replicas, master),
      load.start,
      load.untilWritten(200),
      predict(promotes, lost),
      failover.fails(manualFailover(first)),
      check(promotes),
      load.untilWritten(20, 'refused'),
      load.stop,
      countWrites(load, () => chosen),
      check(lost),
      writesRow('SENTINEL FAILOVER', load),
    ];
  },
};

const planned: Act = {
  title: 'a switchover',
  topology: CHOSEN_BY_PRIORITY,
  steps: ({ master, replicas, sentinels }) => {
    const [chosen, other] = replicas;
    const load = new BackgroundLoad(master);
    const none = anyOf('lost', load, {
      node: master,
      about: 'acknowledged writes are lost:',
      is: 'none',
      because: 'the old master refuses writes until the new one has all of them',
    });
    return [
      predict(none),
      load.start,
      load.untilWritten(200),
      switchover(master, chosen, load),
      isMaster(chosen),
      ...sentinels.map((sentinel) => names(sentinel, chosen)),
      load.untilWritten(200),
      load.stop,
      noneLost(load, [master, other], chosen),
      check(none),
      writesRow('switchover', load),
    ];
  },
};

export const manualFailoverLoses = defineDrill({
  name: 'manual-failover-loses',
  claim:
    'SENTINEL FAILOVER of a living master loses what is written to it until it is demoted; a switchover beside the same sentinels loses nothing.',
  acts: [byHand, planned],
});
