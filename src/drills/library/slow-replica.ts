/** A limit that protects the master's memory, and the loop that it causes under load. */
import { atLeast } from '../../psync/version.js';
import type { ServerFacts } from '../../redis/info.js';
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act } from '../drill.js';
import { sameData } from '../steps/data.js';
import { Flood } from '../steps/flood.js';
import { inStep } from '../steps/in-step.js';
import { configure, pause, unpause } from '../steps/nodes.js';
import { closing, copying, staysInStep } from '../steps/overflow.js';
import { write } from '../steps/writes.js';

const LIMIT = 'client-output-buffer-limit';
const MORE_BYTES = 5 * 1024 ** 2;

type Loops = (server: ServerFacts) => boolean;

const overrun = (title: string, copies: Readonly<Record<string, string>>, loops: Loops): Act => ({
  title,
  topology: {
    config: { 'repl-backlog-size': '1mb' },
    nodes: {
      'redis-1': {
        config: {
          ...copies,
          [LIMIT]: 'replica 2mb 0 0',
          // 1 ms a key: a copy takes a second, as one of many gigabytes takes minutes.
          'rdb-key-save-delay': '1000',
        },
      },
      'redis-2': { replicaOf: 'redis-1' },
    },
  },
  steps: ({ master, replicas: [replica] }) => {
    const flood = new Flood(master);
    const closed = closing(master, replica);
    const copied = copying(master, replica, { flood, loops });
    return [
      write(master, { keys: 1000 }),
      inStep(replica, master),
      predict(closed),
      pause(replica),
      flood.start,
      check(closed),
      predict(copied),
      unpause(replica),
      check(copied),
      configure(master, LIMIT, 'replica 256mb 64mb 60'),
      staysInStep(replica, master, MORE_BYTES),
      flood.stop,
      sameData([replica], master),
    ];
  },
});

/** Redis 8.0 gives the copy a channel of its own, and the replica keeps the rest. */
const keptByMaster: Loops = (server) => server.product === 'valkey' || !atLeast(server, 8);

export const slowReplica = defineDrill({
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
});
