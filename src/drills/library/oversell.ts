/**
 * Three products of 100 units, sold by the same failover: 40 sales that are replicated, 30 that
 * are not, and the rest on the new master, which has never heard of those 30.
 */
import type { Drill } from '../drill.js';
import type { Product } from '../shop.js';
import { confirm } from '../steps/confirm.js';
import { caughtUp, isGone, isolate, takeOver } from '../steps/failover.js';
import { attach, kill } from '../steps/nodes.js';
import { predictLink } from '../steps/predict-resync.js';
import { foretellSales, sell, sellOut, sold, stockUp, tryToSell } from '../steps/sales.js';

const MASTER = 'redis-1';
const HEIR = 'redis-2';
const OTHER = 'redis-3';

const UNITS = 100;
const REPLICATED = 40;
const UNREPLICATED = 30;

const ONE_KEY: Product = { name: 'one key', units: UNITS, segments: 1, wait: 0 };
const SEGMENTED: Product = { name: '4 segments', units: UNITS, segments: 4, wait: 0 };
const CONFIRMED: Product = { name: 'one key, WAIT 1', units: UNITS, segments: 1, wait: 1 };
const PRODUCTS = [ONE_KEY, SEGMENTED, CONFIRMED];

export const oversell: Drill = {
  name: 'oversell',
  claim:
    'A failover sells again every unit whose sale was not replicated, in one key or in segments alike; one that counts only when WAIT has confirmed it is not sold again, if what is promoted has confirmed it.',
  acts: [
    {
      title: `${UNITS} units each, ${UNREPLICATED} sales that reach no replica, then the master dies`,
      setting: { replicas: 2 },
      steps: [
        stockUp(MASTER, PRODUCTS),
        sell(MASTER, PRODUCTS, REPLICATED),
        caughtUp([HEIR, OTHER]),
        isolate(MASTER),
        tryToSell(MASTER, PRODUCTS, UNREPLICATED),
        foretellSales(HEIR, ONE_KEY, UNREPLICATED),
        foretellSales(HEIR, SEGMENTED, UNREPLICATED),
        foretellSales(HEIR, CONFIRMED, 0),
        kill(MASTER),
        isGone(MASTER),
        takeOver(HEIR),
        predictLink(OTHER, 'partial', HEIR),
        attach(OTHER, HEIR),
        confirm(HEIR),
        sellOut(HEIR, PRODUCTS),
        ...PRODUCTS.map(sold),
      ],
    },
  ],
};
