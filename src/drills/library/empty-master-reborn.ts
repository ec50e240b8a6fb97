/**
 * A master without persistence that is started again before down-after has passed is no failure to
 * Sentinel, and an empty master to its replicas. What prevents it is written here too.
 */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology } from '../drill.js';
import { holds, sameData } from '../steps/data.js';
import { demotion } from '../steps/demotion.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { keysAfterRestart } from '../steps/kept.js';
import { kill, start } from '../steps/nodes.js';
import { resyncs, upstreamRestarts } from '../steps/resyncs.js';
import { write } from '../steps/writes.js';
import { watchedBy } from './watched.js';

const NO_PERSISTENCE = { save: '""', appendonly: false } as const;
const AOF = { save: '""', appendonly: true } as const;
const KEYS = 1000;
/** A restart takes one or two seconds, and must be over before that. */
const LONG = { downAfterMs: 15_000 };
const RESTART_MS = 5000;

const rebornEarly = (
  title: string,
  config: NonNullable<DrillTopology['config']>,
  { kept, words }: { readonly kept: number; readonly words: string },
): Act => ({
  title,
  topology: watchedBy(LONG, config),
  steps: ({ master, replicas }) => {
    const failover = new Failover(master);
    const failures = [{ how: 'kill', nodes: [master], backMs: RESTART_MS }] as const;
    const nobody = failover.promotes({ failures, claimed: 'nobody, up' });
    const keys = keysAfterRestart(master, 'SIGKILL', kept);
    const back = resyncs(master, ...replicas.map((it) => upstreamRestarts(it, 'SIGKILL', 'full')));
    return [
      write(master, { keys: KEYS }),
      caughtUp(replicas, master),
      predict(nobody, keys, back),
      failover.fails(kill(master)),
      isGone(master),
      start(master),
      check(back, keys, nobody),
      ...replicas.map((name) => holds(name, kept, words)),
    ];
  },
});

const rebornLate: Act = {
  title: 'prevented by a failover before it is back: down-after of 1 s',
  topology: watchedBy({}, NO_PERSISTENCE),
  steps: ({ master: old, replicas }) => {
    const [chosen, other] = replicas;
    const failover = new Failover(old);
    const failures = [{ how: 'kill', nodes: [old] }] as const;
    const promotes = failover.promotes({ failures, claimed: chosen });
    const keys = keysAfterRestart(old, 'SIGKILL', 0);
    const back = demotion(old, chosen, 'kill');
    return [
      write(old, { keys: KEYS }),
      caughtUp(replicas, old),
      predict(promotes, keys),
      failover.fails(kill(old)),
      isGone(old),
      check(promotes),
      predict(back.claim),
      back.returns(start(old)),
      check(keys, back.claim),
      sameData([old, other], chosen),
      holds(old, KEYS, 'it has its data again, from the new master'),
    ];
  },
};

export const emptyMasterReborn = defineDrill({
  name: 'empty-master-reborn',
  claim:
    'A master without persistence that is started again before down-after has passed empties all replicas, and Sentinel says nothing; an AOF, or a failover before it is back, prevents it.',
  acts: [
    rebornEarly('no persistence, back before down-after: all are emptied', NO_PERSISTENCE, {
      kept: 0,
      words: 'it had every key, and copied the emptiness of its master',
    }),
    rebornEarly('prevented by an AOF', AOF, { kept: KEYS, words: 'its master had every key' }),
    rebornLate,
  ],
});
