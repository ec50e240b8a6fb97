/**
 * How old a replica's answer can be. A read is stale if it lacks a write that was acknowledged
 * when it was sent; its age is for how long the first such write had been acknowledged. It goes
 * backwards if it is older than an earlier read of the same client.
 */
import type { Act, Drill } from '../drill.js';
import type { Client } from '../reader.js';
import { confirm } from '../steps/confirm.js';
import { cut, join } from '../steps/nodes.js';
import { came, type Outcome, willCome } from '../steps/outcomes.js';
import { predictLink } from '../steps/predict-resync.js';
import { backwardReads, confirmedWrites, freshAfterWait, lacking, reads } from '../steps/reads.js';
import { startLoad, stopLoad } from '../steps/writes.js';

const NEAR = 'redis-2';
const FAR = 'redis-3';

const alternating: Client = {
  name: 'under load: reads what another writes',
  rounds: 300,
  from: [NEAR, FAR],
  writer: 'another',
};
const ownWrites: Client = {
  name: 'under load: reads its own write',
  rounds: 100,
  from: [NEAR, FAR],
  writer: 'itself',
};
const waiting: Client = {
  ...ownWrites,
  name: 'under load: reads its own write after WAIT 2',
  wait: 2,
};

const underLoad: Act = {
  title: 'under load',
  setting: { replicas: 2 },
  steps: [
    startLoad({ writers: 4, ratePerSecond: null }),
    reads(alternating),
    reads(ownWrites),
    willCome(...freshAfterWait(waiting)),
    reads(waiting),
    stopLoad,
    came(...freshAfterWait(waiting)),
  ],
};

/** WAIT 1 makes sure that the replica which is not cut off has the write. */
const fromBoth: Client = {
  name: 'redis-3 cut off: reads its own write after WAIT 1',
  rounds: 100,
  from: [NEAR, FAR],
  writer: 'itself',
  wait: 1,
};
const waitingInVain: Client = {
  name: 'redis-3 cut off: reads its own write after WAIT 2',
  rounds: 5,
  from: [NEAR, FAR],
  writer: 'itself',
  wait: 2,
  waitMs: 50,
};
const waitingAgain: Client = {
  ...waitingInVain,
  name: 'redis-3 joined again: reads its own write after WAIT 2',
  rounds: 100,
  waitMs: 5000,
};

const whileCutOff: readonly Outcome[] = [
  lacking(fromBoth, NEAR, '0 of 100', 'it is the only replica that can have confirmed'),
  lacking(
    fromBoth,
    FAR,
    '100 of 100',
    'it is cut off and answers all the same; WAIT 1 does not say which replica has it',
  ),
  {
    node: FAR,
    what: 'reads that go backwards, alternating with redis-2:',
    expected: '100 of 200',
    because: 'every answer of redis-2 is newer than any of redis-3',
    look: backwardReads(fromBoth),
  },
  {
    node: FAR,
    what: 'own writes that WAIT 2 confirms:',
    expected: '0 of 5',
    because: 'it answers 1, and a client that minds it reads from the master',
    look: confirmedWrites(waitingInVain),
  },
];

const cutOff: Act = {
  title: 'with one replica cut off',
  setting: { replicas: 2 },
  steps: [
    willCome(...whileCutOff),
    cut(FAR),
    reads(fromBoth),
    reads(waitingInVain),
    came(...whileCutOff),
    predictLink(FAR, 'partial'),
    join(FAR),
    confirm(),
    willCome(...freshAfterWait(waitingAgain)),
    reads(waitingAgain),
    came(...freshAfterWait(waitingAgain)),
  ],
};

export const staleRead: Drill = {
  name: 'stale-read',
  claim:
    'A replica may answer with old data, and two of them with older data after newer; after WAIT for all of them a client reads what it wrote.',
  acts: [underLoad, cutOff],
};
