/** The loss that replication does not prevent but spreads: an empty master is copied too. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology } from '../drill.js';
import { holds, sameData } from '../steps/data.js';
import { isGone, takeOver } from '../steps/failover.js';
import { inStep } from '../steps/in-step.js';
import { keysAfterRestart, servesOldData } from '../steps/kept.js';
import { attach, kill, start, stop } from '../steps/nodes.js';
import { reconnects, resyncs, upstreamRestarts } from '../steps/resyncs.js';
import { hasReplicas } from '../steps/roles.js';
import { write } from '../steps/writes.js';

const NO_PERSISTENCE = { save: '""', appendonly: 'no' };
const AOF = { save: '""', appendonly: 'yes' };

const masterWith = (config: NonNullable<DrillTopology['config']>): DrillTopology => ({
  nodes: {
    'redis-1': { config },
    'redis-2': { replicaOf: 'redis-1' },
    'redis-3': { replicaOf: 'redis-1' },
  },
});

const emptied: Act = {
  title: 'no persistence: the restart empties all of them',
  topology: masterWith(NO_PERSISTENCE),
  steps: ({ master, replicas }) => {
    const returns = replicas.map((name) => upstreamRestarts(name, 'graceful', 'full'));
    const back = resyncs(master, ...returns);
    const kept = keysAfterRestart(master, 'graceful', 0);
    return [
      write(master, { keys: 100 }),
      predict(back, kept),
      stop(master),
      ...replicas.map((name) => servesOldData(name, 100)),
      start(master),
      check(back, kept),
      ...replicas.map((name) =>
        holds(name, 0, 'it had every key, and copied the emptiness of its master'),
      ),
    ];
  },
};

const withAof: Act = {
  title: 'prevented by an AOF, even from SIGKILL',
  topology: masterWith(AOF),
  steps: ({ master, replicas }) => {
    const returns = replicas.map((name) => upstreamRestarts(name, 'SIGKILL', 'full'));
    const back = resyncs(master, ...returns);
    const kept = keysAfterRestart(master, 'SIGKILL', 100);
    return [
      write(master, { keys: 100 }),
      predict(back, kept),
      kill(master),
      ...replicas.map((name) => servesOldData(name, 100)),
      start(master),
      check(back, kept),
      sameData(replicas, master),
    ];
  },
};

const promotedFirst: Act = {
  title: 'prevented by a promotion before the restart',
  topology: {
    ...masterWith(NO_PERSISTENCE),
    // One PING of the old master to one of them alone, and they would have parted.
    config: { 'repl-ping-replica-period': '3600' },
  },
  steps: ({ master, replicas: [promoted, other] }) => {
    const follows = resyncs(promoted, reconnects(other, 'partial'));
    const kept = keysAfterRestart(master, 'SIGKILL', 0);
    const back = resyncs(promoted, reconnects(master, 'full'));
    return [
      write(master, { keys: 100 }),
      inStep(promoted, master),
      inStep(other, master),
      takeOver(promoted),
      predict(follows),
      attach(other, promoted),
      check(follows),
      predict(kept),
      kill(master),
      isGone(master),
      start(master),
      check(kept),
      hasReplicas(master, 0),
      predict(back),
      attach(master, promoted),
      check(back),
      sameData([master, other], promoted),
      holds(master, 100, 'it has its data again, from the replica that it had'),
    ];
  },
};

export const emptyMaster = defineDrill({
  name: 'empty-master',
  claim:
    'A master without persistence that is restarted empties its replicas; an AOF, or a promotion before the restart, prevents it.',
  acts: [emptied, withAof, promotedFirst],
});
