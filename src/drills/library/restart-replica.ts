/**
 * Whether a restarted replica resumes is decided by what its disk remembers. Each act restarts
 * replicas of one master, side by side.
 */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act } from '../drill.js';
import { sameData } from '../steps/data.js';
import { isGone } from '../steps/failover.js';
import { kill, save, shutdown, start, stop, together } from '../steps/nodes.js';
import { restarts, resyncs } from '../steps/resyncs.js';
import { BackgroundLoad, write } from '../steps/writes.js';

const MASTER = 'redis-1';

/** Three replicas that differ in their persistence go down under load and come back. */
const underLoad = (title: string, how: 'graceful' | 'SIGKILL'): Act => ({
  title,
  topology: {
    nodes: {
      [MASTER]: null,
      'redis-2': { replicaOf: MASTER, config: { save: '""', appendonly: 'no' } },
      'redis-3': { replicaOf: MASTER, config: { save: '3600 1', appendonly: 'no' } },
      'redis-4': { replicaOf: MASTER, config: { appendonly: 'yes' } },
    },
  },
  steps: ({ master, replicas }) => {
    const [bare, withRdb, withAof] = replicas;
    const load = new BackgroundLoad(master);
    const back = resyncs(
      master,
      restarts(bare, how, 'partial'),
      restarts(withRdb, how, 'partial'),
      restarts(withAof, how, 'full'),
    );
    return [
      write(master, { keys: 1000, prefix: 'before' }),
      load.start,
      predict(back),
      together(replicas.map(how === 'graceful' ? stop : kill)),
      isGone(bare),
      load.untilWritten(200),
      together(replicas.map(start)),
      load.untilWritten(200),
      load.stop,
      check(back),
      sameData(replicas, master),
    ];
  },
});

const afterMuch = { replicas: 2, config: { 'repl-backlog-size': '1mb', save: '3600 1' } };
const THREE_MB = { keys: 3000, valueBytes: 1024 };

/** Two replicas whose last RDB is 3 MB old, against a backlog of 1 MB: one of them saves in time. */
const bigKill: Act = {
  title: '3 MB since the last RDB, SIGKILL; redis-3 saved before',
  topology: afterMuch,
  steps: ({ master, replicas }) => {
    const [late, saved] = replicas;
    const back = resyncs(
      master,
      restarts(late, 'SIGKILL', 'full'),
      restarts(saved, 'SIGKILL', 'partial'),
    );
    return [
      write(master, THREE_MB),
      save(saved),
      predict(back),
      together(replicas.map(kill)),
      isGone(late),
      together(replicas.map(start)),
      check(back),
      sameData(replicas, master),
    ];
  },
};

const bigShutdown: Act = {
  title: '3 MB since the last RDB, SHUTDOWN NOSAVE on redis-2, SAVE on redis-3',
  topology: afterMuch,
  steps: ({ master, replicas }) => {
    const [late, saved] = replicas;
    const back = resyncs(
      master,
      restarts(late, 'SHUTDOWN NOSAVE', 'full'),
      restarts(saved, 'SHUTDOWN SAVE', 'partial'),
    );
    return [
      write(master, THREE_MB),
      predict(back),
      together([shutdown(late, 'NOSAVE'), shutdown(saved, 'SAVE')]),
      isGone(late),
      together(replicas.map(start)),
      check(back),
      sameData(replicas, master),
    ];
  },
};

export const restartReplica = defineDrill({
  name: 'restart-replica',
  claim:
    'A restarted replica resumes if the RDB it loads is recent enough for the backlog; one that loads an AOF never does.',
  acts: [
    underLoad('graceful stop under load: no persistence, RDB, AOF', 'graceful'),
    underLoad('SIGKILL under load: no persistence, RDB, AOF', 'SIGKILL'),
    bigKill,
    bigShutdown,
  ],
});
