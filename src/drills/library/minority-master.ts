/** A master, a sentinel and a client on the wrong side of a cut: two masters, and what it costs. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology, Step } from '../drill.js';
import { BOUNDED, DISCARDED } from '../replaced-master.js';
import { sameData } from '../steps/data.js';
import { demotion } from '../steps/demotion.js';
import { Failover } from '../steps/election.js';
import { allMasters, isolate } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { join, together } from '../steps/nodes.js';
import { writesOf } from '../steps/replaced.js';
import { names } from '../steps/sentinels.js';
import { Tally, untilRefused, writeCounted, writeUntilRefused } from '../steps/tally.js';
import { write } from '../steps/writes.js';
import { watchedBy } from './watched.js';

interface Writes {
  readonly claimed: string;
  readonly begin?: (old: string, tally: Tally) => Step;
  readonly end: (old: string, tally: Tally) => Step;
}

const minority = (
  title: string,
  config: NonNullable<DrillTopology['config']>,
  { claimed, begin, end }: Writes,
): Act => ({
  title,
  topology: watchedBy({}, config),
  steps: ({ master: old, replicas, sentinels: [withIt, ...majority] }) => {
    const [chosen, other] = replicas;
    const tally = new Tally();
    const failover = new Failover(old);
    const promotes = failover.promotes({
      failures: [{ how: 'cut', nodes: [old, withIt] }],
      claimed: chosen,
    });
    const writes = writesOf({ node: old, successor: chosen, loss: 'silent', tally }, claimed);
    const back = demotion(old, chosen, 'cut');
    return [
      write(old, { keys: 1000, prefix: 'before' }),
      caughtUp(replicas, old),
      predict(promotes, writes),
      failover.fails(together([isolate(old), isolate(withIt)])),
      ...(begin === undefined ? [] : [begin(old, tally)]),
      check(promotes),
      allMasters([old, chosen]),
      names(withIt, old),
      ...majority.map((sentinel) => names(sentinel, chosen)),
      end(old, tally),
      predict(back.claim),
      back.returns(together([join(old), join(withIt)])),
      check(back.claim, writes),
      names(withIt, chosen),
      sameData([old, other], chosen),
    ];
  },
});

export const minorityMaster = defineDrill({
  name: 'minority-master',
  claim:
    'A master that is cut off with one of three sentinels takes writes beside the new one and loses all of them when the cut heals; min-replicas-to-write bounds them, but not to zero.',
  acts: [
    minority(
      'a master, a sentinel and a client in the minority',
      {},
      {
        claimed: DISCARDED,
        end: (old, tally) => writeCounted(old, 200, tally),
      },
    ),
    minority(
      'the same, min-replicas-to-write 1 with a lag of 2 s',
      {
        'min-replicas-to-write': 1,
        'min-replicas-max-lag': 2,
        'repl-ping-replica-period': 1,
      },
      { claimed: BOUNDED, begin: writeUntilRefused, end: untilRefused },
    ),
  ],
});
