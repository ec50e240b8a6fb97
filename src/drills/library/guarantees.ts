/** What each setting promises about acknowledged writes, under one load, one seed and one fault. */

import type { Claim } from '../claim.js';
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology, Step } from '../drill.js';
import { FailoverRun } from '../failover-run.js';
import type { WriteOutcome } from '../ledger.js';
import type { Recovery } from '../recoveries.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { kill } from '../steps/nodes.js';
import { Silence } from '../steps/silence.js';
import { isMaster, switchover } from '../steps/switchover.js';
import { willBe } from '../steps/will-be.js';
import { BackgroundLoad, SEED, untilMore } from '../steps/writes.js';
import { anyOf, countWrites, noneLost, type Written, writesRow } from '../steps/written.js';

const LOAD = { writers: 8, ratePerSecond: 1000 } as const;
/** What is acknowledged before the fault and after the recovery: a load that is under way. */
const AROUND = 50;

const lost = (written: Written, node: string, is: 'some' | 'none', because: string): Claim =>
  anyOf('lost', written, { node, about: 'acknowledged writes are lost:', is, because });

interface Setting {
  readonly title: string;
  readonly config?: NonNullable<DrillTopology['config']>;
  readonly recover: Recovery;
  readonly wait?: number;
  /** What becomes of writes while the replicas are silent, in the end. */
  readonly turnsInto: WriteOutcome;
  /** Whether a loss within the setting's time limit is looked at by the drill itself. */
  readonly mayLose?: boolean;
  readonly claims: (run: FailoverRun, master: string, silence: Silence) => readonly Claim[];
}

/** What no setting allows: a second master, refused writes that are there, a loss it rules out. */
const judged = (run: FailoverRun, node: string): Claim =>
  willBe({
    node,
    about: 'kill-master judges',
    is: 'pass',
    because: 'the loss is what the setting allows, and nothing else may go wrong',
    look: async () => {
      const { verdict, reasons } = run.report;
      return verdict === 'pass' ? verdict : `${verdict}: ${reasons[0]}`;
    },
  });

const untilAcknowledged = (run: FailoverRun): Step => ({
  kind: 'write',
  says: `until ${AROUND} more writes are acknowledged`,
  run: (stage) => untilMore(stage, run.ledger, AROUND, 'acknowledged'),
});

/** The replicas fall silent, and then the master dies. */
const killed = ({ title, config, turnsInto, mayLose, claims, ...how }: Setting): Act => ({
  title,
  topology: { replicas: 2, config },
  steps: ({ master, replicas }) => {
    const run = new FailoverRun({
      ...{ ...LOAD, wait: 0, ...how, seed: SEED, removedAfter: true, salvaging: null },
      maxLoss: mayLose ? Number.POSITIVE_INFINITY : null,
    });
    const silence = new Silence(replicas, run.ledger);
    const all = [...claims(run, master, silence), judged(run, master)];
    return [
      predict(all),
      run.begin,
      untilAcknowledged(run),
      silence.fall(turnsInto),
      run.kill,
      isGone(master),
      silence.end,
      run.recover,
      untilAcknowledged(run),
      run.end,
      run.account,
      writesRow(title, run),
      check(all),
    ];
  },
});

const plain = killed({
  title: 'plain',
  recover: 'promote',
  turnsInto: 'acknowledged',
  claims: (run, master) => [
    lost(
      run,
      master,
      'some',
      'the master acknowledges without waiting, and no replica has what came in silence',
    ),
  ],
});

const waiting = (wait: number, because: string): Act =>
  killed({
    title: `WAIT ${wait}`,
    recover: 'promote',
    wait,
    turnsInto: 'unconfirmed',
    claims: (run, node) => [
      lost(run, node, 'none', because),
      anyOf('unconfirmed', run, {
        node,
        about: 'writes that WAIT did not confirm:',
        is: 'some',
        because:
          'silent replicas confirm nothing; such a write may be there or not, so it is unknown',
      }),
    ],
  });

const fenced = killed({
  title: 'min-replicas-to-write 1, max-lag 1',
  config: { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1' },
  recover: 'promote',
  turnsInto: 'refused',
  mayLose: true,
  claims: (run, master, silence) => [
    lost(run, master, 'some', 'the master notices the silence only when the lag is above 1 s'),
    silence.acknowledgedAfterRefusal(
      master,
      'none',
      'from then on it knows that no replica is near, and that bounds the loss',
    ),
  ],
});

const onDisk = killed({
  title: 'appendfsync always, restart',
  config: { appendonly: 'yes', appendfsync: 'always' },
  recover: 'restart',
  turnsInto: 'acknowledged',
  claims: (run, master) => [
    lost(
      run,
      master,
      'none',
      'every write is on disk before it is acknowledged, and the same disk comes back',
    ),
  ],
});

const planned: Act = {
  title: 'switchover',
  topology: { replicas: 2 },
  steps: ({ master, replicas: [next, other] }) => {
    const load = new BackgroundLoad(master, LOAD);
    const because = 'the old master refuses writes until the new one has all of them';
    const none = lost(load, master, 'none', because);
    return [
      predict(none),
      load.start,
      load.untilWritten(300),
      switchover(master, next, load),
      isMaster(next),
      load.untilWritten(300),
      load.stop,
      noneLost(load, [master, other], next),
      writesRow('switchover (planned, no fault)', load),
      check(none),
    ];
  },
};

interface WatchedSetting {
  readonly title: string;
  readonly config?: NonNullable<DrillTopology['config']>;
  readonly wait?: number;
  readonly turnsInto: WriteOutcome;
  readonly loses: 'some' | 'none';
  readonly because: string;
}

/** The same fault, and the sentinels promote the replica that has most. */
const watched = ({ title, config, wait = 0, turnsInto, loses, because }: WatchedSetting): Act => ({
  title: `${title}, Sentinel`,
  topology: { replicas: 2, config, sentinels: 3 },
  steps: ({ master, replicas }) => {
    const load = new BackgroundLoad(master, { ...LOAD, wait });
    const failover = new Failover(master, load);
    const silence = new Silence(replicas, load.ledger);
    const loss = lost(load, master, loses, because);
    return [
      predict(loss),
      load.start,
      load.untilWritten(AROUND),
      silence.fall(turnsInto),
      failover.fails(kill(master)),
      isGone(master),
      silence.end,
      failover.isOver,
      load.untilWritten(AROUND),
      load.stop,
      countWrites(load, () => failover.newMaster()),
      writesRow(`${title}, Sentinel`, load),
      check(loss),
    ];
  },
});

const plainWatched = watched({
  title: 'plain',
  turnsInto: 'acknowledged',
  loses: 'some',
  because: 'Sentinel promotes what there is, and no replica has what came in silence',
});

const waitingWatched = watched({
  title: 'WAIT 1',
  wait: 1,
  turnsInto: 'unconfirmed',
  loses: 'none',
  because: 'a replica has it, and Sentinel promotes the one that has most',
});

const fencedWatched = watched({
  title: 'min-replicas-to-write 1, max-lag 1',
  config: { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1' },
  turnsInto: 'refused',
  loses: 'some',
  because: 'the master notices the silence only when the lag is above 1 s',
});

export const guarantees = defineDrill({
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
    plainWatched,
    waitingWatched,
    fencedWatched,
  ],
});
