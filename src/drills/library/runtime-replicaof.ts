/** What was said at run time only does not outlive the process: the first lesson of replication. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act } from '../drill.js';
import { holds, sameData } from '../steps/data.js';
import { allMasters } from '../steps/failover.js';
import { attach, promote, rewrite, start, stop, together } from '../steps/nodes.js';
import { reconnects, restarts, resyncs } from '../steps/resyncs.js';
import { hasReplicas, roleAfterRestart } from '../steps/roles.js';
import { write } from '../steps/writes.js';

const topology = { replicas: 2 };

const attached: Act = {
  title: 'REPLICAOF at run time, then a restart; redis-3 with CONFIG REWRITE',
  topology,
  steps: ({ master, replicas: [spoken, written] }) => {
    const both = [spoken, written];
    const newcomers = resyncs(master, ...both.map((name) => reconnects(name, 'full')));
    const roles = [roleAfterRestart(spoken, null), roleAfterRestart(written, master)];
    const back = resyncs(master, restarts(written, 'graceful', 'partial'));
    return [
      write(master, { keys: 100, prefix: 'before' }),
      together(both.map(promote)),
      together(both.map(rewrite)),
      predict(newcomers),
      together(both.map((name) => attach(name, master))),
      check(newcomers),
      rewrite(written),
      predict(roles, back),
      together(both.map(stop)),
      together(both.map(start)),
      check(roles, back),
      write(master, { keys: 10, prefix: 'after' }),
      sameData([written], master),
      hasReplicas(master, 1),
      holds(spoken, 100, 'it is alone: what is written to redis-1 does not reach it'),
    ];
  },
};

const promoted: Act = {
  title: 'REPLICAOF NO ONE at run time, then a restart; redis-3 with CONFIG REWRITE',
  topology,
  steps: ({ master, replicas: [spoken, written] }) => {
    const both = [spoken, written];
    const roles = [roleAfterRestart(spoken, master), roleAfterRestart(written, null)];
    const back = resyncs(master, restarts(spoken, 'graceful', 'full'));
    return [
      write(master, { keys: 100, prefix: 'before' }),
      sameData(both, master),
      together(both.map(promote)),
      allMasters(both),
      rewrite(written),
      write(spoken, { keys: 10, prefix: 'own' }),
      write(written, { keys: 10, prefix: 'own' }),
      predict(roles, back),
      together(both.map(stop)),
      together(both.map(start)),
      check(roles, back),
      sameData([spoken], master),
      hasReplicas(master, 1),
      holds(spoken, 100, 'what it took while it was a master is gone without a word'),
      holds(written, 110, 'what it took as a master is there'),
    ];
  },
};

export const runtimeReplicaof = defineDrill({
  name: 'runtime-replicaof',
  claim:
    'A role that was given at run time only is gone after a restart; CONFIG REWRITE makes it last.',
  acts: [attached, promoted],
});
