/** A limit that protects the master's memory, and the loop that it causes under load. */
import { atLeast } from '../../psync/version.js';
import type { ServerFacts } from '../../redis/info.js';
import type { Act, Drill } from '../drill.js';
import { sameData } from '../steps/data.js';
import { startFlood, stopFlood } from '../steps/flood.js';
import { inStep } from '../steps/in-step.js';
import { configure, pause, unpause } from '../steps/nodes.js';
import {
  confirmClosing,
  confirmLoop,
  predictClosing,
  predictLoop,
  staysInStep,
} from '../steps/overflow.js';
import { write } from '../steps/writes.js';

const MASTER = 'redis-1';
const REPLICA = 'redis-2';
const LIMIT = 'client-output-buffer-limit';

type Loops = (server: ServerFacts) => boolean;

const overrun = (title: string, copies: Readonly<Record<string, string>>, loops: Loops): Act => ({
  title,
  setting: {
    replicas: 1,
    config: { 'repl-backlog-size': '1mb' },
    nodes: {
      [MASTER]: {
        ...copies,
        [LIMIT]: 'replica 2mb 0 0',
        // 1 ms a key: a copy takes a second, as one of many gigabytes takes minutes.
        'rdb-key-save-delay': '1000',
      },
    },
  },
  steps: [
    write({ keys: 1000 }),
    inStep(REPLICA),
    predictClosing(REPLICA),
    pause(REPLICA),
    startFlood(),
    confirmClosing,
    predictLoop(REPLICA, loops),
    unpause(REPLICA),
    confirmLoop,
    configure(MASTER, LIMIT, 'replica 256mb 64mb 60'),
    staysInStep(REPLICA, 5 * 1024 ** 2),
    stopFlood,
    sameData([REPLICA]),
  ],
});

/** Redis 8.0 gives the copy a channel of its own, and the replica keeps the rest. */
const keptByMaster: Loops = (server) => server.product === 'valkey' || !atLeast(server, 8);

export const slowReplica: Drill = {
  name: 'slow-replica',
  claim:
    'A replica whose buffer on the master overflows is cut off, and under load gets one full resync after the other until the limit is raised.',
  acts: [
    overrun('a limit of 2 MB, copies by way of the disk', {}, () => true),
    overrun(
      'a limit of 2 MB, diskless copies',
      { 'repl-diskless-sync': 'yes', 'repl-diskless-sync-delay': '0' },
      keptByMaster,
    ),
  ],
};
