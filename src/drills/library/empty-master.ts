/** The loss that replication does not prevent but spreads: an empty master is copied too. */
import type { Act, Drill, Step } from '../drill.js';
import { confirm } from '../steps/confirm.js';
import { holds, sameData } from '../steps/data.js';
import { inStep } from '../steps/in-step.js';
import { confirmData, predictData, servesOldData } from '../steps/kept.js';
import { attach, kill, promote, start, stop } from '../steps/nodes.js';
import { predictLink, predictMasterRestart, predictNewcomers } from '../steps/predict-resync.js';
import { hasReplicas } from '../steps/roles.js';
import { write } from '../steps/writes.js';

const MASTER = 'redis-1';
const HEIR = 'redis-2';
const OTHER = 'redis-3';
const replicas = [HEIR, OTHER];

const NO_PERSISTENCE = { save: '""', appendonly: 'no' };
const AOF = { save: '""', appendonly: 'yes' };

const emptied: Act = {
  title: 'no persistence: the restart empties all of them',
  setting: { replicas: 2, nodes: { [MASTER]: NO_PERSISTENCE } },
  steps: [
    write({ keys: 100 }),
    predictMasterRestart(replicas, 'graceful', 'full'),
    predictData(MASTER, 'graceful', 0),
    stop(MASTER),
    servesOldData(HEIR, 100),
    servesOldData(OTHER, 100),
    start(MASTER),
    confirm(),
    confirmData,
    holds(HEIR, 0, 'it had every key, and copied the emptiness of its master'),
    holds(OTHER, 0, 'it had every key, and copied the emptiness of its master'),
  ],
};

const withAof: Act = {
  title: 'prevented by an AOF, even from SIGKILL',
  setting: { replicas: 2, nodes: { [MASTER]: AOF } },
  steps: [
    write({ keys: 100 }),
    predictMasterRestart(replicas, 'SIGKILL', 'full'),
    predictData(MASTER, 'SIGKILL', 100),
    kill(MASTER),
    servesOldData(HEIR, 100),
    servesOldData(OTHER, 100),
    start(MASTER),
    confirm(),
    confirmData,
    sameData(replicas),
  ],
};

/** Here it saves the data: no fault, but what keeps one from spreading. */
const relieve: Step = { ...promote(HEIR), kind: 'repair' };

const promotedFirst: Act = {
  title: 'prevented by a promotion before the restart',
  setting: {
    replicas: 2,
    // One PING of the old master to one of them alone, and they would have parted.
    config: { 'repl-ping-replica-period': '3600' },
    nodes: { [MASTER]: NO_PERSISTENCE },
  },
  steps: [
    write({ keys: 100 }),
    inStep(HEIR),
    inStep(OTHER),
    relieve,
    predictLink(OTHER, 'partial', HEIR),
    attach(OTHER, HEIR),
    confirm(HEIR),
    predictData(MASTER, 'SIGKILL', 0),
    kill(MASTER),
    start(MASTER),
    confirmData,
    hasReplicas(MASTER, 0),
    predictNewcomers([MASTER], HEIR),
    attach(MASTER, HEIR),
    confirm(HEIR),
    sameData([MASTER, OTHER], HEIR),
    holds(MASTER, 100, 'it has its data again, from the replica that it had'),
  ],
};

export const emptyMaster: Drill = {
  name: 'empty-master',
  claim:
    'A master without persistence that is restarted empties its replicas; an AOF, or a promotion before the restart, prevents it.',
  acts: [emptied, withAof, promotedFirst],
};
