import type { Act, Drill, Step } from '../drill.js';
import { DISCARDED, REFUSED } from '../fate.js';
import { confirm } from '../steps/confirm.js';
import { sameData } from '../steps/data.js';
import { caughtUp, takeOver } from '../steps/failover.js';
import { fateCame, foretellFate } from '../steps/fate.js';
import { notice, sendToHung, wakeAlone, wakeAndAnswer } from '../steps/hang.js';
import { attach, pause } from '../steps/nodes.js';
import { predictLink } from '../steps/predict-resync.js';
import { writeCounted } from '../steps/tally.js';
import { write } from '../steps/writes.js';

const OLD = 'redis-1';
const HEIR = 'redis-2';
const OTHER = 'redis-3';

/**
 * On waking, a master may send a PING before it reads that its replicas are gone. It would lie
 * beyond the point where they parted, and be enough to refuse a partial resync.
 */
const NO_PINGS = { 'repl-ping-replica-period': '3600' };
const WRITES = 100;

interface Awakening {
  readonly config?: Readonly<Record<string, string>>;
  readonly before?: readonly Step[];
  readonly wake: readonly Step[];
  readonly rejoins: 'partial' | 'full';
  readonly after?: readonly Step[];
}

const hang = (
  title: string,
  { config = {}, before = [], wake, rejoins, after = [] }: Awakening,
): Act => ({
  title,
  setting: { replicas: 2, config: { ...NO_PINGS, ...config } },
  steps: [
    write({ keys: 1000, prefix: 'before' }),
    caughtUp([HEIR, OTHER]),
    ...before,
    pause(OLD),
    notice(OLD, [HEIR, OTHER]),
    takeOver(HEIR),
    predictLink(OTHER, 'partial', HEIR),
    attach(OTHER, HEIR),
    confirm(HEIR),
    write({ keys: 50, prefix: 'meanwhile', to: HEIR }),
    ...wake,
    predictLink(OLD, rejoins, HEIR),
    attach(OLD, HEIR),
    confirm(HEIR),
    ...after,
    sameData([OLD, OTHER], HEIR),
  ],
});

export const pauseMaster: Drill = {
  name: 'pause-master',
  claim:
    'A master that hangs and is replaced takes writes when it wakes up, and all of them are discarded; with min-replicas-to-write 1 it refuses them as soon as it has read that its replicas are gone.',
  acts: [
    hang('nobody writes to the old master', { wake: [wakeAlone(OLD)], rejoins: 'partial' }),
    hang(`${WRITES} writes wait in the sockets of the old master`, {
      before: [foretellFate(OLD, 'known', DISCARDED)],
      wake: [sendToHung(OLD, WRITES), wakeAndAnswer(OLD)],
      rejoins: 'full',
      after: [fateCame(OLD, HEIR)],
    }),
    // Not into its sockets: some of that it may take before it has read that its replicas are gone.
    hang(`${WRITES} writes when it is awake, min-replicas-to-write 1`, {
      config: { 'min-replicas-to-write': '1' },
      before: [foretellFate(OLD, 'known', REFUSED)],
      wake: [wakeAlone(OLD), writeCounted(OLD, WRITES)],
      rejoins: 'partial',
      after: [fateCame(OLD, HEIR)],
    }),
  ],
};
