/** What was said at run time only does not outlive the process: the first lesson of replication. */
import type { Act, Drill } from '../drill.js';
import { confirm } from '../steps/confirm.js';
import { holds, sameData } from '../steps/data.js';
import { attach, promote, rewrite, start, stop, together } from '../steps/nodes.js';
import { predictNewcomers, predictRestart } from '../steps/predict-resync.js';
import { confirmRoles, hasReplicas, predictRoles } from '../steps/roles.js';
import { write } from '../steps/writes.js';

const MASTER = 'redis-1';
const SPOKEN = 'redis-2';
const WRITTEN = 'redis-3';
const both = [SPOKEN, WRITTEN];

const restart = [together(both.map(stop)), together(both.map(start))];

const attached: Act = {
  title: 'REPLICAOF at run time, then a restart; redis-3 with CONFIG REWRITE',
  setting: { replicas: 2 },
  steps: [
    write({ keys: 100, prefix: 'before' }),
    together(both.map(promote)),
    together(both.map(rewrite)),
    predictNewcomers(both),
    together(both.map((name) => attach(name, MASTER))),
    confirm(),
    rewrite(WRITTEN),
    predictRoles({ [SPOKEN]: null, [WRITTEN]: MASTER }),
    predictRestart(WRITTEN, 'graceful', 'partial'),
    ...restart,
    confirmRoles,
    confirm(),
    write({ keys: 10, prefix: 'after' }),
    sameData([WRITTEN]),
    hasReplicas(MASTER, 1),
    holds(SPOKEN, 100, 'it is alone: what is written to redis-1 does not reach it'),
  ],
};

const promoted: Act = {
  title: 'REPLICAOF NO ONE at run time, then a restart; redis-3 with CONFIG REWRITE',
  setting: { replicas: 2 },
  steps: [
    write({ keys: 100, prefix: 'before' }),
    sameData(both),
    together(both.map(promote)),
    rewrite(WRITTEN),
    write({ keys: 10, prefix: 'own', to: SPOKEN }),
    write({ keys: 10, prefix: 'own', to: WRITTEN }),
    predictRoles({ [SPOKEN]: MASTER, [WRITTEN]: null }),
    predictRestart(SPOKEN, 'graceful', 'full'),
    ...restart,
    confirmRoles,
    confirm(),
    sameData([SPOKEN]),
    hasReplicas(MASTER, 1),
    holds(SPOKEN, 100, 'what it took while it was a master is gone without a word'),
    holds(WRITTEN, 110, 'what it took as a master is there'),
  ],
};

export const runtimeReplicaof: Drill = {
  name: 'runtime-replicaof',
  claim:
    'A role that was given at run time only is gone after a restart; CONFIG REWRITE makes it last.',
  acts: [attached, promoted],
};
