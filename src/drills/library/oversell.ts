/**
 * Three products of 100 units, sold by the same failover: 40 sales that are replicated, 30 that
 * are not, and the rest on the new master, which has never heard of those 30.
 */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Product } from '../shop.js';
import { isGone, isolate, takeOver } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { attach, kill } from '../steps/nodes.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { Sales } from '../steps/sales.js';

const UNITS = 100;
const REPLICATED = 40;
const UNREPLICATED = 30;

const ONE_KEY: Product = { name: 'one key', units: UNITS, segments: 1, wait: 0 };
const SEGMENTED: Product = { name: '4 segments', units: UNITS, segments: 4, wait: 0 };
const CONFIRMED: Product = { name: 'one key, WAIT 1', units: UNITS, segments: 1, wait: 1 };

export const oversell = defineDrill({
  name: 'oversell',
  claim:
    'A failover sells again every unit whose sale was not replicated, in one key or in segments alike; one that counts only when WAIT has confirmed it is not sold again, if what is promoted has confirmed it.',
  topology: { replicas: 2 },
  acts: [
    {
      title: `${UNITS} units each, ${UNREPLICATED} sales that reach no replica, then the master dies`,
      steps: ({ master, replicas }) => {
        const [promoted, other] = replicas;
        const sales = new Sales([ONE_KEY, SEGMENTED, CONFIRMED]);
        const oversold = [
          sales.oversold(promoted, ONE_KEY, UNREPLICATED),
          sales.oversold(promoted, SEGMENTED, UNREPLICATED),
          sales.oversold(promoted, CONFIRMED, 0),
        ];
        const follows = resyncs(promoted, reconnects(other, 'partial'));
        return [
          sales.stockUp(master),
          sales.sell(master, REPLICATED),
          caughtUp(replicas, master),
          isolate(master),
          sales.tryToSell(master, UNREPLICATED),
          predict(oversold),
          kill(master),
          isGone(master),
          takeOver(promoted),
          predict(follows),
          attach(other, promoted),
          check(follows),
          sales.sellOut(promoted),
          check(oversold),
        ];
      },
    },
  ],
});
