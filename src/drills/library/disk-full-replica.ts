/** The act of `disk-full` in which the small disk is a replica's. */
import type { Act } from '../drill.js';
import { sameData } from '../steps/data.js';
import { fullResyncs, linkComing } from '../steps/full-disk.js';
import { configure, cut, join } from '../steps/nodes.js';
import { came, logged, type Outcome, willCome } from '../steps/outcomes.js';
import { write } from '../steps/writes.js';

const MASTER = 'redis-1';
const REPLICA = 'redis-2';
const MB = 1024 * 1024;
/** What it is short of, the servers of some versions don't say. */
const SHORT_WRITE = 'Write error or short write';

const loops: Outcome = {
  node: REPLICA,
  what: 'a full resync is needed',
  expected: 'again and again',
  because: '3 MB are not in the backlog of 1 MB, and their RDB does not fit on a disk of 1 MB',
  look: fullResyncs(MASTER),
};
const shortWrite: Outcome = {
  node: REPLICA,
  what: 'its log says',
  expected: SHORT_WRITE,
  because: 'it writes the RDB to its disk before it loads it',
  look: logged(SHORT_WRITE),
};
const loaded: Outcome = {
  node: REPLICA,
  what: 'its link comes',
  expected: 'up',
  because: 'repl-diskless-load swapdb loads the RDB as it comes, without a disk',
  look: linkComing(MASTER),
};

export const onAReplica: Act = {
  title: 'the disk of a replica, smaller than its master’s RDB',
  setting: { replicas: 1, config: { 'repl-backlog-size': '1mb' }, dataBytes: { [REPLICA]: MB } },
  steps: [
    cut(REPLICA),
    write({ keys: 3000, valueBytes: 1024 }),
    willCome(loops, shortWrite),
    join(REPLICA),
    came(loops, shortWrite),
    willCome(loaded),
    configure(REPLICA, 'repl-diskless-load', 'swapdb'),
    came(loaded),
    sameData([REPLICA]),
  ],
};
