/**
 * A restarted master decides for its replicas: by what its disk had, which data they have,
 * and by what it remembers of its stream, whether they may resume.
 */

import { atLeast } from '../../psync/version.js';
import type { Act, Drill, Setting, Step } from '../drill.js';
import { confirm } from '../steps/confirm.js';
import { sameData } from '../steps/data.js';
import { confirmData, predictData, servesOldData } from '../steps/kept.js';
import { kill, save, start, stop } from '../steps/nodes.js';
import { type Claimed, predictMasterRestart } from '../steps/predict-resync.js';
import { write } from '../steps/writes.js';

const MASTER = 'redis-1';
const REPLICA = 'redis-2';

/** From 7.0 on a master takes the place in its stream from the RDB that it loads. */
const resumesFromRdb: Claimed = (server) => (atLeast(server, 7) ? 'partial' : 'full');

interface Restart {
  readonly how: 'graceful' | 'SIGKILL';
  readonly persistence: NonNullable<Setting['config']>;
  /** Of 150 keys, the first 100 of which are written before `saved`. */
  readonly saved?: Step;
  readonly resync: Claimed;
  readonly keys: number;
}

const restart = (title: string, { how, persistence, saved, resync, keys }: Restart): Act => ({
  title,
  setting: { replicas: 1, nodes: { [MASTER]: persistence } },
  steps: [
    write({ keys: 100, prefix: 'early' }),
    ...(saved === undefined ? [] : [saved]),
    write({ keys: 50, prefix: 'late' }),
    predictMasterRestart([REPLICA], how, resync),
    predictData(MASTER, how, keys),
    how === 'graceful' ? stop(MASTER) : kill(MASTER),
    servesOldData(REPLICA, 150),
    start(MASTER),
    confirm(),
    confirmData,
    sameData([REPLICA]),
  ],
});

const RDB = { save: '3600 1', appendonly: 'no' };
const AOF = { save: '""', appendonly: 'yes' };
const NONE = { save: '""', appendonly: 'no' };

export const restartMaster: Drill = {
  name: 'restart-master',
  claim:
    'Replicas of a restarted master get what its disk had; they resume only if it saved an RDB as it stopped, and only from 7.0 on.',
  acts: [
    restart('graceful stop, save points', {
      how: 'graceful',
      persistence: RDB,
      resync: resumesFromRdb,
      keys: 150,
    }),
    restart('SIGKILL, save points; 50 keys after the last RDB', {
      how: 'SIGKILL',
      persistence: RDB,
      saved: save(MASTER),
      resync: 'full',
      keys: 100,
    }),
    restart('SIGKILL, AOF', { how: 'SIGKILL', persistence: AOF, resync: 'full', keys: 150 }),
    restart('graceful stop, no persistence', {
      how: 'graceful',
      persistence: NONE,
      resync: 'full',
      keys: 0,
    }),
  ],
};
