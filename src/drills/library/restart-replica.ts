/**
 * Whether a restarted replica resumes is decided by what its disk remembers. Each act restarts
 * replicas of one master, side by side.
 */
import type { Act, Drill, Step } from '../drill.js';
import { confirm } from '../steps/confirm.js';
import { sameData } from '../steps/data.js';
import { kill, save, shutdown, start, stop, together } from '../steps/nodes.js';
import { predictRestart } from '../steps/predict-resync.js';
import { startLoad, stopLoad, untilWritten, write } from '../steps/writes.js';

const BARE = 'redis-2';
const WITH_RDB = 'redis-3';
const WITH_AOF = 'redis-4';

const SMALL_BACKLOG = { 'repl-backlog-size': '1mb' };
const THREE_MB = { keys: 3000, valueBytes: 1024 };

/** Three replicas that differ in their persistence go down under load and come back. */
const underLoad = (title: string, how: 'graceful' | 'SIGKILL'): Act => {
  const goDown = how === 'graceful' ? stop : kill;
  const all = [BARE, WITH_RDB, WITH_AOF];
  return {
    title,
    setting: {
      replicas: 3,
      nodes: {
        [BARE]: { save: '""', appendonly: 'no' },
        [WITH_RDB]: { save: '3600 1', appendonly: 'no' },
        [WITH_AOF]: { appendonly: 'yes' },
      },
    },
    steps: [
      write({ keys: 1000, prefix: 'before' }),
      startLoad(),
      predictRestart(BARE, how, 'partial'),
      predictRestart(WITH_RDB, how, 'partial'),
      predictRestart(WITH_AOF, how, 'full'),
      together(all.map(goDown)),
      untilWritten(200),
      together(all.map(start)),
      untilWritten(200),
      stopLoad,
      confirm(),
      sameData(all),
    ],
  };
};

/** Two replicas whose last RDB is 3 MB old, against a backlog of 1 MB: one of them saves in time. */
const afterMuch = (title: string, goDown: readonly Step[], predictions: readonly Step[]): Act => ({
  title,
  setting: { replicas: 2, config: { ...SMALL_BACKLOG, save: '3600 1' } },
  steps: [
    write(THREE_MB),
    ...predictions,
    together(goDown),
    together([start(BARE), start(WITH_RDB)]),
    confirm(),
    sameData([BARE, WITH_RDB]),
  ],
});

const bigKill = afterMuch(
  '3 MB since the last RDB, SIGKILL; redis-3 saved before',
  [kill(BARE), kill(WITH_RDB)],
  [
    save(WITH_RDB),
    predictRestart(BARE, 'SIGKILL', 'full'),
    predictRestart(WITH_RDB, 'SIGKILL', 'partial'),
  ],
);

const bigShutdown = afterMuch(
  '3 MB since the last RDB, SHUTDOWN NOSAVE on redis-2, SAVE on redis-3',
  [shutdown(BARE, 'NOSAVE'), shutdown(WITH_RDB, 'SAVE')],
  [
    predictRestart(BARE, 'SHUTDOWN NOSAVE', 'full'),
    predictRestart(WITH_RDB, 'SHUTDOWN SAVE', 'partial'),
  ],
);

export const restartReplica: Drill = {
  name: 'restart-replica',
  claim:
    'A restarted replica resumes if the RDB it loads is recent enough for the backlog; one that loads an AOF never does.',
  acts: [
    underLoad('graceful stop under load: no persistence, RDB, AOF', 'graceful'),
    underLoad('SIGKILL under load: no persistence, RDB, AOF', 'SIGKILL'),
    bigKill,
    bigShutdown,
  ],
};
