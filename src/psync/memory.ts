/**
 * What a server that is stopped and started again still knows of its place in the stream.
 * The rules, by version, are those of `loadDataFromDisk` (src/server.c) and
 * `prepareForShutdown` (src/db.c, src/server.c). Pure.
 *
 * | restarted | remembers |
 * |---|---|
 * | replica, AOF on | nothing: an AOF holds no replication id |
 * | replica, graceful stop with save points | all: the RDB is written at the stop |
 * | replica, else | what the RDB on its disk says: at the latest that of its full sync |
 * | master before 7.0 | nothing: it begins a stream of its own, whatever is on its disk |
 * | master from 7.0 on, AOF on | nothing |
 * | master from 7.0 on, else | the id of its RDB as its second id, up to the RDB's offset |
 */
import type { ServerFacts } from '../redis/info.js';
import { type Forgotten, nextRequest, type PsyncRequest, type Source } from './predict.js';
import type { RdbOrigin } from './rdb-header.js';
import { atLeast } from './version.js';

export interface Disk {
  readonly aof: boolean;
  /** `save` names any point: then a graceful stop writes an RDB. */
  readonly savePoints: boolean;
  /** Where in which stream the RDB on the disk was taken; null without one, or if it doesn't say. */
  readonly rdb: RdbOrigin | null;
}

export type Stop = 'graceful' | 'SIGKILL' | 'SHUTDOWN SAVE' | 'SHUTDOWN NOSAVE';

/** What of its data set a server has again. Keys and writes, not its place in the stream. */
export type Kept = 'all by AOF' | 'all by RDB' | 'its last RDB' | 'nothing';

/**
 * The same in every version. An AOF is loaded instead of an RDB, and holds what was
 * acknowledged: it is written before the reply (`beforeSleep`), and only the machine's end,
 * not the process', loses what is not yet synced. A master with replicas names its place in
 * each RDB, so that one without a place counts as none.
 */
export function keptAfter(disk: Disk, stop: Stop): Kept {
  if (disk.aof) return 'all by AOF';
  if (savesAt(disk, stop)) return 'all by RDB';
  return disk.rdb === null ? 'nothing' : 'its last RDB';
}

const savesAt = (disk: Disk, stop: Stop): boolean =>
  stop === 'SHUTDOWN SAVE' || (stop === 'graceful' && disk.savePoints);

/** What is on the disk when the server starts again. */
function afterStop(disk: Disk, stop: Stop, now: RdbOrigin): RdbOrigin | null {
  return savesAt(disk, stop) ? now : disk.rdb;
}

export function replicaAfter(disk: Disk, stop: Stop, now: RdbOrigin): PsyncRequest | Forgotten {
  if (disk.aof) return { forgot: 'the replica restarts from an AOF and remembers no offset' };
  const rdb = afterStop(disk, stop, now);
  return rdb === null
    ? { forgot: 'the replica restarts without an RDB that names its place in the stream' }
    : nextRequest(rdb);
}

/** No server has this id: what a server calls itself after its next start can't be known before. */
const NEW_ID = 'a new id'.padEnd(40, ' ');

export function masterAfter(server: ServerFacts, disk: Disk, stop: Stop, now: Source): Source {
  const rdb = afterStop(disk, stop, now);
  const empty = { ...now.backlog, active: true, length: 0 };
  if (!atLeast(server, 7) || disk.aof || rdb === null) {
    const backlog = { ...empty, firstByteOffset: 1 };
    return { id: NEW_ID, secondId: null, secondOffset: null, offset: 0, backlog };
  }
  return {
    id: NEW_ID,
    secondId: rdb.id,
    secondOffset: rdb.offset + 1,
    offset: rdb.offset,
    backlog: { ...empty, firstByteOffset: rdb.offset + 1 },
  };
}
