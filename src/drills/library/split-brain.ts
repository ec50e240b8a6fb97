import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology, Step } from '../drill.js';
import { BOUNDED, DISCARDED } from '../replaced-master.js';
import { sameData } from '../steps/data.js';
import { allMasters, isolate } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { attach, join, promote } from '../steps/nodes.js';
import { writesOf } from '../steps/replaced.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { Tally, untilRefused, writeCounted, writeUntilRefused } from '../steps/tally.js';
import { write } from '../steps/writes.js';

interface Writes {
  readonly claimed: string;
  readonly begin?: (old: string, tally: Tally) => Step;
  readonly end: (old: string, tally: Tally) => Step;
}

/** The old master is cut off and goes on taking writes; the others go on without it. */
const split = (
  title: string,
  config: NonNullable<DrillTopology['config']>,
  { claimed, begin, end }: Writes,
): Act => ({
  title,
  topology: { replicas: 2, config },
  steps: ({ master: old, replicas }) => {
    const [promoted, other] = replicas;
    const tally = new Tally();
    const replaced = { node: old, successor: promoted, loss: 'silent', tally } as const;
    const writes = writesOf(replaced, claimed);
    const follows = resyncs(promoted, reconnects(other, 'partial'));
    const back = resyncs(promoted, reconnects(old, 'full'));
    return [
      write(old, { keys: 1000, prefix: 'before' }),
      caughtUp(replicas, old),
      predict(writes),
      isolate(old),
      ...(begin === undefined ? [] : [begin(old, tally)]),
      promote(promoted),
      predict(follows),
      attach(other, promoted),
      check(follows),
      allMasters([old, promoted]),
      write(promoted, { keys: 300, prefix: 'meanwhile' }),
      end(old, tally),
      predict(back),
      join(old),
      attach(old, promoted),
      check(back, writes),
      sameData([old, other], promoted),
    ];
  },
});

export const splitBrain = defineDrill({
  name: 'split-brain',
  claim:
    'An isolated master acknowledges writes beside the new one and all of them are discarded; min-replicas-to-write bounds them, but not to zero.',
  acts: [
    split(
      'two masters take writes',
      {},
      {
        claimed: DISCARDED,
        end: (old, tally) => writeCounted(old, 200, tally),
      },
    ),
    split(
      'two masters, min-replicas-to-write 1 with a lag of 3 s',
      { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '3' },
      { claimed: BOUNDED, begin: writeUntilRefused, end: untilRefused },
    ),
  ],
});
