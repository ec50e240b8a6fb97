/** One load and one fault for every setting: the replicas fall silent, and then the master dies. */
import { switchover } from '../../failover/switchover.js';
import type { Step } from '../drill.js';
import { type DrillMoment, killMaster } from '../kill-master.js';
import type { WriteOutcome } from '../ledger.js';
import type { Recovery } from '../recoveries.js';
import { slot } from '../stage.js';
import type { TimelineEvent } from '../timeline.js';
import { acknowledgedAfterRefusal } from '../write-times.js';
import { ACCOUNT } from './account.js';
import type { Outcome } from './outcomes.js';
import { letBack, SILENCE, SILENCE_MS, silence } from './silence.js';
import { LOAD, SEED, untilMore } from './writes.js';

export const LOAD_CHOICE = { writers: 8, ratePerSecond: 1000 } as const;

const STEP_MS = 60_000;
/** What is acknowledged after the recovery. */
const AFTER = 50;

const JUDGEMENT = slot<string>('the judgement of kill-master');

export interface Kill {
  readonly recover: Recovery;
  readonly wait?: number;
  /** What becomes of writes while the replicas are silent, in the end. */
  readonly turnsInto: WriteOutcome;
  /** Whether a loss within the setting's time limit is looked at by the drill itself. */
  readonly mayLose?: boolean;
}

export const loseMaster = (kill: Kill): Step => ({
  kind: 'fault',
  says: `load; the replicas fall silent for ${SILENCE_MS / 1000} s; SIGKILL of the master; ${kill.recover}`,
  run: async (stage) => {
    const { recover, turnsInto, wait = 0, mayLose = false } = kill;
    const options = {
      ...LOAD_CHOICE,
      recover,
      wait,
      seed: SEED,
      run: stage.run,
      beforeMs: 0,
      afterMs: 0,
      removedAfter: true,
      maxLoss: mayLose ? Number.POSITIVE_INFINITY : null,
      onEvent: ({ event, node }: TimelineEvent) => {
        stage.timeline.note(event, node);
      },
      hooks: {
        beforeKill: (moment: DrillMoment) => silence(stage, moment, turnsInto),
        afterKill: (moment: DrillMoment) => letBack(stage, moment),
        afterRecovery: ({ ledger }: DrillMoment) => untilMore(stage, ledger, AFTER, 'acknowledged'),
      },
    };
    const { report, ledger } = await killMaster(stage.live, options, stage.within(STEP_MS));
    const { verdict, reasons, writes } = report;
    stage.keep(ACCOUNT, { ledger, writes });
    stage.keep(JUDGEMENT, verdict === 'pass' ? verdict : `${verdict}: ${reasons[0]}`);
  },
});

/** `pass` if there was nothing but the loss that the setting allows; else why not. */
export const judgement: Outcome['look'] = async (stage) => stage.recall(JUDGEMENT);

/** Whether the master, once it had refused a write in the silence, acknowledged more: `some` or `none`. */
export const afterRefusal: Outcome['look'] = async (stage) => {
  const { ledger } = stage.recall(ACCOUNT);
  return acknowledgedAfterRefusal(ledger, stage.recall(SILENCE)) > 0 ? 'some' : 'none';
};

/** A planned change of master under the load that `startLoad` began. */
export const switchTo = (heir: string, master = 'redis-1'): Step => ({
  kind: 'fault',
  says: `switchover from ${master} to ${heir}`,
  run: async (stage) => {
    const others = stage.live.nodes.filter(({ name }) => name !== heir && name !== master);
    await switchover({
      ...stage.within(STEP_MS),
      master: stage.node(master).redis,
      next: stage.node(heir).redis,
      others: others.map(({ redis }) => redis),
      onPromoted: () => stage.recall(LOAD).load.pointTo(heir),
    });
  },
});
