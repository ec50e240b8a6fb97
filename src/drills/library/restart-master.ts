/**
 * A restarted master decides for its replicas: by what its disk had, which data they have,
 * and by what it remembers of its stream, whether they may resume.
 */
import { atLeast } from '../../psync/version.js';
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, DrillTopology } from '../drill.js';
import { sameData } from '../steps/data.js';
import { keysAfterRestart, servesOldData } from '../steps/kept.js';
import { kill, save, start, stop } from '../steps/nodes.js';
import { type ClaimedKind, resyncs, upstreamRestarts } from '../steps/resyncs.js';
import { write } from '../steps/writes.js';

/** From 7.0 on a master takes the place in its stream from the RDB that it loads. */
const resumesFromRdb: ClaimedKind = (server) => (atLeast(server, 7) ? 'partial' : 'full');

interface Restart {
  readonly how: 'graceful' | 'SIGKILL';
  readonly persistence: NonNullable<DrillTopology['config']>;
  /** Of 150 keys, an RDB of the first 100. */
  readonly saves?: boolean;
  readonly resync: ClaimedKind;
  readonly keys: number;
}

const restart = (
  title: string,
  { how, persistence, saves = false, resync, keys }: Restart,
): Act => ({
  title,
  topology: {
    nodes: { 'redis-1': { config: persistence }, 'redis-2': { replicaOf: 'redis-1' } },
  },
  steps: ({ master, replicas: [replica] }) => {
    const back = resyncs(master, upstreamRestarts(replica, how, resync));
    const kept = keysAfterRestart(master, how, keys);
    return [
      write(master, { keys: 100, prefix: 'early' }),
      ...(saves ? [save(master)] : []),
      write(master, { keys: 50, prefix: 'late' }),
      predict(back, kept),
      how === 'graceful' ? stop(master) : kill(master),
      servesOldData(replica, 150),
      start(master),
      check(back, kept),
      sameData([replica], master),
    ];
  },
});

const RDB = { save: '3600 1', appendonly: 'no' };
const AOF = { save: '""', appendonly: 'yes' };
const NONE = { save: '""', appendonly: 'no' };

export const restartMaster = defineDrill({
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
      saves: true,
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
});
