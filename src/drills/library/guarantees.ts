/** What each setting promises about acknowledged writes, under one load, one seed and one fault. */
import type { Act, Drill, Setting } from '../drill.js';
import { accountRow, anyOf, noneLost } from '../steps/account.js';
import {
  afterRefusal,
  judgement,
  type Kill,
  LOAD_CHOICE,
  loseMaster,
  switchTo,
} from '../steps/guarantees.js';
import { came, type Outcome, willCome } from '../steps/outcomes.js';
import { startLoad, stopLoad, untilWritten } from '../steps/writes.js';

const MASTER = 'redis-1';
const HEIR = 'redis-2';
const OTHER = 'redis-3';

const lost = (expected: 'some' | 'none', because: string): Outcome => ({
  node: MASTER,
  what: 'acknowledged writes are lost:',
  expected,
  because,
  look: anyOf('lost'),
});

/** What no setting allows: a second master, refused writes that are there, a loss it rules out. */
const judged: Outcome = {
  node: MASTER,
  what: 'kill-master judges',
  expected: 'pass',
  because: 'the loss is what the setting allows, and nothing else may go wrong',
  look: judgement,
};

const killed = (
  title: string,
  config: Setting['config'],
  kill: Kill,
  outcomes: readonly Outcome[],
): Act => ({
  title,
  setting: { replicas: 2, ...(config && { config }) },
  steps: [
    willCome(...outcomes, judged),
    loseMaster(kill),
    accountRow(title),
    came(...outcomes, judged),
  ],
});

const plain = killed('plain', undefined, { recover: 'promote', turnsInto: 'acknowledged' }, [
  lost('some', 'the master acknowledges without waiting, and no replica has what came in silence'),
]);

const unconfirmed: Outcome = {
  node: MASTER,
  what: 'writes that WAIT did not confirm:',
  expected: 'some',
  because: 'silent replicas confirm nothing; such a write may be there or not, so it is unknown',
  look: anyOf('unconfirmed'),
};

const waiting = (replicas: number, because: string): Act =>
  killed(
    `WAIT ${replicas}`,
    undefined,
    { recover: 'promote', wait: replicas, turnsInto: 'unconfirmed' },
    [lost('none', because), unconfirmed],
  );

const fenced = killed(
  'min-replicas-to-write 1, max-lag 1',
  { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1' },
  { recover: 'promote', turnsInto: 'refused', mayLose: true },
  [
    lost('some', 'the master notices the silence only when the lag is above 1 s'),
    {
      node: MASTER,
      what: 'writes that it acknowledged after its first refusal:',
      expected: 'none',
      because: 'from then on it knows that no replica is near, and that bounds the loss',
      look: afterRefusal,
    },
  ],
);

const onDisk = killed(
  'appendfsync always, restart',
  { appendonly: 'yes', appendfsync: 'always' },
  { recover: 'restart', turnsInto: 'acknowledged' },
  [lost('none', 'every write is on disk before it is acknowledged, and the same disk comes back')],
);

const planned: Act = {
  title: 'switchover',
  setting: { replicas: 2 },
  steps: [
    willCome(lost('none', 'the old master refuses writes until its heir has all of them')),
    startLoad(LOAD_CHOICE),
    untilWritten(300),
    switchTo(HEIR),
    untilWritten(300),
    stopLoad,
    noneLost([MASTER, OTHER], HEIR),
    accountRow('switchover (planned, no fault)'),
    came(lost('none', 'the old master refuses writes until its heir has all of them')),
  ],
};

export const guarantees: Drill = {
  name: 'guarantees',
  claim:
    'What a setting promises about acknowledged writes is kept, and no more: each under the same load and the same death of the master.',
  acts: [
    plain,
    waiting(1, 'a replica has it, and the one that has most is promoted'),
    waiting(2, 'both replicas have it, whichever is promoted'),
    fenced,
    onDisk,
    planned,
  ],
};
