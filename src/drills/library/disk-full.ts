/** A disk that holds no RDB: on the master it stops the writes, on a replica the resynchronisation. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act } from '../drill.js';
import { sameData } from '../steps/data.js';
import {
  fill,
  free,
  fullResyncs,
  handshake,
  lastSave,
  linkComing,
  linkStatus,
} from '../steps/full-disk.js';
import { configure, cut, join, save } from '../steps/nodes.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { answer, logged, willBe } from '../steps/will-be.js';
import { BackgroundLoad, write } from '../steps/writes.js';
import { noneLost } from '../steps/written.js';

const MB = 1024 * 1024;
/** What it is short of, the servers of some versions don't say. */
const SHORT_WRITE = 'Write error or short write';

function onMasterClaims(master: string, replica: string, latecomer: string) {
  const failedSave = willBe({
    node: master,
    about: 'BGSAVE ends with',
    is: 'err',
    because: 'the RDB does not fit on the full disk',
    look: lastSave,
  });
  const refused = willBe({
    node: master,
    about: 'SET answers',
    is: 'MISCONF',
    because: 'there are save points, the last save failed and stop-writes-on-bgsave-error is yes',
    look: answer('SET', 'probe', '1'),
  });
  const readable = willBe({
    node: master,
    about: 'EXISTS answers',
    is: '1',
    because: 'only writes are refused',
    look: answer('EXISTS', 'before:0'),
  });
  const attached = willBe({
    node: replica,
    about: 'its link stays',
    is: 'up',
    because: 'a replica that is attached needs nothing from the disk',
    look: linkStatus,
  });
  const turnedAway = willBe({
    node: latecomer,
    about: 'its handshake ends with',
    is: 'MISCONF',
    because: 'the PING that begins it is refused like a write',
    behindLogin: {
      is: 'a link',
      because: 'the PING that begins it is answered NOAUTH, which no disk matters to',
    },
    look: handshake,
  });
  const mended = willBe({
    node: master,
    about: 'the next BGSAVE ends with',
    is: 'ok',
    because: 'the disk has room again, and that ends the refusal',
    look: lastSave,
  });
  const allowed = willBe({
    node: master,
    about: 'SET answers',
    is: 'OK',
    because: 'stop-writes-on-bgsave-error is no: written is then what no RDB holds',
    look: answer('SET', 'probe', '2'),
  });
  return { failedSave, refused, readable, attached, turnedAway, mended, allowed };
}

const onTheMaster: Act = {
  title: 'the disk of the master, under load',
  topology: { replicas: 2, config: { save: '3600 1' } },
  disks: { 'redis-1': 4 * MB },
  steps: ({ master, replicas: [replica, latecomer] }) => {
    const load = new BackgroundLoad(master);
    const claims = onMasterClaims(master, replica, latecomer);
    const { failedSave, refused, readable, attached, turnedAway, mended, allowed } = claims;
    const back = resyncs(master, reconnects(latecomer, 'partial'));
    return [
      write(master, { keys: 1000, prefix: 'before' }),
      load.start,
      predict(failedSave, refused, readable, attached, turnedAway),
      cut(latecomer),
      fill(master),
      save(master),
      check(failedSave, refused),
      load.untilWritten(100, 'refused'),
      predict(back),
      join(latecomer),
      check(readable, attached, turnedAway),
      predict(mended),
      free(master),
      save(master),
      check(mended),
      load.untilWritten(100),
      check(back),
      predict(failedSave, refused, allowed),
      fill(master),
      save(master),
      check(failedSave, refused),
      load.untilWritten(100, 'refused'),
      configure(master, 'stop-writes-on-bgsave-error', 'no'),
      check(allowed),
      load.untilWritten(100),
      load.stop,
      noneLost(load, [replica, latecomer], master),
    ];
  },
};

function onReplicaClaims(master: string, replica: string) {
  const loops = willBe({
    node: replica,
    about: 'a full resync is needed',
    is: 'again and again',
    because: '3 MB are not in the backlog of 1 MB, and their RDB does not fit on a disk of 1 MB',
    look: fullResyncs(master),
  });
  const shortWrite = willBe({
    node: replica,
    about: 'its log says',
    is: SHORT_WRITE,
    because: 'it writes the RDB to its disk before it loads it',
    look: logged(SHORT_WRITE),
  });
  const loaded = willBe({
    node: replica,
    about: 'its link comes',
    is: 'up',
    because: 'repl-diskless-load swapdb loads the RDB as it comes, without a disk',
    look: linkComing(master),
  });
  return { loops, shortWrite, loaded };
}

const onAReplica: Act = {
  title: 'the disk of a replica, smaller than its master’s RDB',
  topology: { replicas: 1, config: { 'repl-backlog-size': '1mb' } },
  disks: { 'redis-2': MB },
  steps: ({ master, replicas: [replica] }) => {
    const { loops, shortWrite, loaded } = onReplicaClaims(master, replica);
    return [
      cut(replica),
      write(master, { keys: 3000, valueBytes: 1024 }),
      predict(loops, shortWrite),
      join(replica),
      check(loops),
      check(shortWrite),
      predict(loaded),
      configure(replica, 'repl-diskless-load', 'swapdb'),
      check(loaded),
      sameData([replica], master),
    ];
  },
};

export const diskFull = defineDrill({
  name: 'disk-full',
  claim:
    'A full disk on the master refuses writes and loses none; a replica whose disk is too small resynchronises in a loop until it needs no disk.',
  acts: [onTheMaster, onAReplica],
});
