import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology, Nodes, Step } from '../drill.js';
import { DISCARDED, REFUSED } from '../replaced-master.js';
import { sameData } from '../steps/data.js';
import { takeOver } from '../steps/failover.js';
import { notice, sendToHung, wakeAlone } from '../steps/hang.js';
import { caughtUp } from '../steps/in-step.js';
import { attach, pause } from '../steps/nodes.js';
import { writesOf } from '../steps/replaced.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { Tally, writeCounted } from '../steps/tally.js';
import { write } from '../steps/writes.js';

/**
 * On waking, a master may send a PING before it reads that its replicas are gone. It would lie
 * beyond the point where they parted, and be enough to refuse a partial resync.
 */
const NO_PINGS = { 'repl-ping-replica-period': '3600' };
const WRITES = 100;

interface Waking {
  readonly before?: readonly Step[];
  readonly wake: readonly Step[];
  readonly rejoins: 'partial' | 'full';
  readonly after?: readonly Step[];
}

const hang = (
  title: string,
  config: NonNullable<DrillTopology['config']>,
  waking: (nodes: Nodes) => Waking,
): Act => ({
  title,
  topology: { replicas: 2, config: { ...NO_PINGS, ...config } },
  steps: (nodes) => {
    const { master: old, replicas } = nodes;
    const [promoted, other] = replicas;
    const { before = [], wake, rejoins, after = [] } = waking(nodes);
    const follows = resyncs(promoted, reconnects(other, 'partial'));
    const back = resyncs(promoted, reconnects(old, rejoins));
    return [
      write(old, { keys: 1000, prefix: 'before' }),
      caughtUp(replicas, old),
      ...before,
      pause(old),
      notice(old, replicas),
      takeOver(promoted),
      predict(follows),
      attach(other, promoted),
      check(follows),
      write(promoted, { keys: 50, prefix: 'meanwhile' }),
      ...wake,
      predict(back),
      attach(old, promoted),
      check(back),
      ...after,
      sameData([old, other], promoted),
    ];
  },
});

const nobodyWrites = hang('nobody writes to the old master', {}, ({ master }) => ({
  wake: [wakeAlone(master)],
  rejoins: 'partial',
}));

const inItsSockets = hang(
  `${WRITES} writes wait in the sockets of the old master`,
  {},
  ({ master: node, replicas: [successor] }) => {
    const tally = new Tally();
    const writes = writesOf({ node, successor, loss: 'known', tally }, DISCARDED);
    const { send, wake } = sendToHung(node, WRITES, tally);
    return {
      before: [predict(writes)],
      wake: [send, wake],
      rejoins: 'full',
      after: [check(writes)],
    };
  },
);

// Not into its sockets: some of that it may take before it has read that its replicas are gone.
const whenAwake = hang(
  `${WRITES} writes when it is awake, min-replicas-to-write 1`,
  { 'min-replicas-to-write': '1' },
  ({ master: node, replicas: [successor] }) => {
    const tally = new Tally();
    const writes = writesOf({ node, successor, loss: 'known', tally }, REFUSED);
    return {
      before: [predict(writes)],
      wake: [wakeAlone(node), writeCounted(node, WRITES, tally)],
      rejoins: 'partial',
      after: [check(writes)],
    };
  },
);

export const pauseMaster = defineDrill({
  name: 'pause-master',
  claim:
    'A master that hangs and is replaced takes writes when it wakes up, and all of them are discarded; with min-replicas-to-write 1 it refuses them as soon as it has read that its replicas are gone.',
  acts: [nobodyWrites, inItsSockets, whenAwake],
});
