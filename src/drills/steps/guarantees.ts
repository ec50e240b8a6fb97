/**
 * One load and one fault for every setting. Its replicas are off the network for a while before
 * the master dies, and it does not know: their links are not closed, they fall silent, as in a
 * partition. What it acknowledges meanwhile is on no replica.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { replicationNetworkName } from '../../docker/names.js';
import { closeLinks, joinAgain } from '../../failover/cut.js';
import { switchover } from '../../failover/switchover.js';
import { containerOf, type LiveNode } from '../../live/live-topology.js';
import type { Step } from '../drill.js';
import { type DrillMoment, killMaster, type Recovery } from '../kill-master.js';
import type { Ledger, WriteOutcome } from '../ledger.js';
import { type Stage, slot } from '../stage.js';
import type { TimelineEvent } from '../timeline.js';
import { acknowledgedAfterRefusal, type Stretch } from '../write-times.js';
import { ACCOUNT } from './account.js';
import type { Outcome } from './outcomes.js';
import { LOAD, SEED, untilMore } from './writes.js';

export const LOAD_CHOICE = { writers: 8, ratePerSecond: 1000 } as const;

/** The same in every setting, so that the losses can be compared. */
const SILENCE_MS = 2000;
const STEP_MS = 60_000;
const ENOUGH = 50;
/** One a writer: while it waits for replicas that are silent, a write takes half a second. */
const ENOUGH_SILENT = LOAD_CHOICE.writers;

const JUDGEMENT = slot<string>('the judgement of kill-master');
const SILENCE = slot<Stretch>('the silence of the replicas');

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
    const { recover, wait = 0, mayLose = false } = kill;
    const options = {
      ...LOAD_CHOICE,
      recover,
      wait,
      seed: SEED,
      run: stage.run,
      beforeMs: 0,
      afterMs: 0,
      maxLoss: mayLose ? Number.POSITIVE_INFINITY : null,
      onEvent: ({ event, node }: TimelineEvent) => {
        stage.timeline.note(event, node);
      },
      hooks: {
        beforeKill: (moment: DrillMoment) => silence(stage, moment, kill),
        afterKill: (moment: DrillMoment) => letBack(stage, moment),
        afterRecovery: ({ ledger }: DrillMoment) =>
          untilMore(stage, ledger, ENOUGH, 'acknowledged'),
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

const replicasOf = ({ live, master }: DrillMoment): LiveNode[] =>
  live.nodes.filter(({ name }) => name !== master);

async function silence(stage: Stage, moment: DrillMoment, { turnsInto }: Kill): Promise<void> {
  const { live, ledger } = moment;
  await untilMore(stage, ledger, ENOUGH, 'acknowledged');
  const network = replicationNetworkName(live.name);
  await Promise.all(
    replicasOf(moment).map((it) => live.runtime.disconnectNetwork(network, containerOf(it))),
  );
  stage.timeline.note('the replicas are silent');
  const from = attempts(ledger);
  await Promise.all([
    sleep(SILENCE_MS, undefined, { signal: stage.signal }),
    untilMore(stage, ledger, ENOUGH_SILENT, turnsInto),
  ]);
  stage.keep(SILENCE, { from, until: attempts(ledger) });
}

const attempts = (ledger: Ledger): number[] =>
  Array.from({ length: ledger.writers }, (_, writer) => ledger.attempted(writer));

/** The links end first: what a dead master's kernel still holds for them must not come after all. */
async function letBack(stage: Stage, moment: DrillMoment): Promise<void> {
  await Promise.all(
    replicasOf(moment).map(async (it) => {
      await closeLinks(it.redis, 'master');
      await joinAgain(stage.live, it);
    }),
  );
}

/** A planned change of master under the load that `startLoad` began. */
export const switchTo = (heir: string, master = 'redis-1'): Step => ({
  kind: 'fault',
  says: `switchover from ${master} to ${heir}`,
  run: async (stage) => {
    const others = stage.live.nodes.filter(({ name }) => name !== heir && name !== master);
    await switchover({
      ...stage.within(STEP_MS),
      master: stage.node(master).redis,
      heir: stage.node(heir).redis,
      others: others.map(({ redis }) => redis),
      onPromoted: () => stage.recall(LOAD).load.pointTo(heir),
    });
  },
});
