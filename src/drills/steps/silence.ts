/**
 * Replicas that fall silent, as in a partition: they are off the network, and their links are
 * not closed, so their master does not know. What it acknowledges then is on no replica.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { closeLinks } from '../../failover/cut.js';
import { joinAgain, takeOff } from '../../live/cut.js';
import type { LiveNode } from '../../live/live-topology.js';
import type { DrillMoment } from '../kill-master.js';
import type { Ledger, WriteOutcome } from '../ledger.js';
import { type Stage, slot } from '../stage.js';
import type { Span } from '../write-times.js';
import { untilMore } from './writes.js';

/** The same in every setting, so that the losses can be compared. */
export const SILENCE_MS = 2000;
/** What is acknowledged before: a load that is under way. */
const BEFORE = 50;

export const SILENCE = slot<Span>('the silence of the replicas');

const replicasOf = ({ live, master }: DrillMoment): LiveNode[] =>
  live.nodes.filter(({ name }) => name !== master);

/** For `SILENCE_MS`, and until writes come to this outcome: one a writer, as WAIT holds each up for long. */
export async function silence(
  stage: Stage,
  moment: DrillMoment,
  turnsInto: WriteOutcome,
): Promise<void> {
  const { live, ledger } = moment;
  await untilMore(stage, ledger, BEFORE, 'acknowledged');
  await Promise.all(replicasOf(moment).map((it) => takeOff(live, it)));
  stage.timeline.note('the replicas are silent');
  const from = attempts(ledger);
  await Promise.all([
    sleep(SILENCE_MS, undefined, { signal: stage.signal }),
    untilMore(stage, ledger, ledger.writers, turnsInto),
  ]);
  stage.keep(SILENCE, { from, until: attempts(ledger) });
}

const attempts = (ledger: Ledger): number[] =>
  Array.from({ length: ledger.writers }, (_, writer) => ledger.attempted(writer));

/** The links end first: what a dead master's kernel still holds for them must not come after all. */
export async function letBack(stage: Stage, moment: DrillMoment): Promise<void> {
  await Promise.all(
    replicasOf(moment).map(async (it) => {
      await closeLinks(it.redis, 'master');
      await joinAgain(stage.live, it);
    }),
  );
}
