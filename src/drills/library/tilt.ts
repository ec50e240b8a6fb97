/** Sentinels that hung distrust all times for 30 s: they say "not down" and begin nothing. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { kill } from '../steps/nodes.js';
import { areTilted, tilt } from '../steps/sentinels.js';
import { write } from '../steps/writes.js';
import { watchedBy } from './watched.js';

/** 10 times this is longer than TILT: replicas whose link is down for longer are not promoted. */
const DOWN_AFTER_MS = 5000;
/** From when they went into TILT to the death of the master: no longer, also on a busy machine. */
const SINCE_TILT_MS = 10_000;

export const inTilt = defineDrill({
  name: 'tilt',
  claim:
    'Sentinels that hung for more than two seconds take no part in a failover for 30 s: with two of three in TILT a dead master is replaced only after that.',
  topology: watchedBy({ downAfterMs: DOWN_AFTER_MS }),
  acts: [
    {
      title: 'two of three sentinels hang for 2.7 s, then the master dies',
      steps: ({ master, replicas, sentinels: [, ...tilted] }) => {
        const [chosen] = replicas;
        const failover = new Failover(master);
        const failures = [{ how: 'kill', nodes: [master] }] as const;
        const promotes = failover.promotes({ failures, claimed: chosen });
        return [
          write(master, { keys: 1000 }),
          caughtUp(replicas, master),
          tilt(tilted),
          areTilted(tilted),
          predict(promotes),
          failover.fails(kill(master)),
          isGone(master),
          check(promotes),
          failover.notBefore(promotes, SINCE_TILT_MS),
        ];
      },
    },
  ],
});
