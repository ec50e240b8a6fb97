/** A disk that holds no RDB: on the master it stops the writes, on a replica the resynchronisation. */
import type { Act, Drill } from '../drill.js';
import { noneLost } from '../steps/account.js';
import { confirm } from '../steps/confirm.js';
import { fill, free, handshake, lastSave, linkStatus } from '../steps/full-disk.js';
import { configure, cut, join, save } from '../steps/nodes.js';
import { answer, came, type Outcome, willCome } from '../steps/outcomes.js';
import { predictLink } from '../steps/predict-resync.js';
import { startLoad, stopLoad, untilWritten, write } from '../steps/writes.js';
import { onAReplica } from './disk-full-replica.js';

const MASTER = 'redis-1';
const REPLICA = 'redis-2';
const LATECOMER = 'redis-3';
const MB = 1024 * 1024;

const failedSave: Outcome = {
  node: MASTER,
  what: 'BGSAVE ends with',
  expected: 'err',
  because: 'the RDB does not fit on the full disk',
  look: lastSave,
};
const refused: Outcome = {
  node: MASTER,
  what: 'SET answers',
  expected: 'MISCONF',
  because: 'there are save points, the last save failed and stop-writes-on-bgsave-error is yes',
  look: answer('SET', 'probe', '1'),
};
const readable: Outcome = {
  node: MASTER,
  what: 'EXISTS answers',
  expected: '1',
  because: 'only writes are refused',
  look: answer('EXISTS', 'before:0'),
};
const attached: Outcome = {
  node: REPLICA,
  what: 'its link stays',
  expected: 'up',
  because: 'a replica that is attached needs nothing from the disk',
  look: linkStatus,
};
const turnedAway: Outcome = {
  node: LATECOMER,
  what: 'its handshake ends with',
  expected: 'MISCONF',
  because: 'the PING that begins it is refused like a write',
  behindLogin: {
    expected: 'a link',
    because: 'the PING that begins it is answered NOAUTH, which no disk matters to',
  },
  look: handshake,
};
const mended: Outcome = {
  node: MASTER,
  what: 'the next BGSAVE ends with',
  expected: 'ok',
  because: 'the disk has room again, and that ends the refusal',
  look: lastSave,
};
const allowed: Outcome = {
  node: MASTER,
  what: 'SET answers',
  expected: 'OK',
  because: 'stop-writes-on-bgsave-error is no: written is then what no RDB holds',
  look: answer('SET', 'probe', '2'),
};

const onTheMaster: Act = {
  title: 'the disk of the master, under load',
  setting: { replicas: 2, config: { save: '3600 1' }, dataBytes: { [MASTER]: 4 * MB } },
  steps: [
    write({ keys: 1000, prefix: 'before' }),
    startLoad(),
    willCome(failedSave, refused, readable, attached, turnedAway),
    cut(LATECOMER),
    fill(MASTER),
    save(MASTER),
    came(failedSave, refused),
    untilWritten(100, 'refused'),
    predictLink(LATECOMER, 'partial'),
    join(LATECOMER),
    came(readable, attached, turnedAway),
    willCome(mended),
    free(MASTER),
    save(MASTER),
    came(mended),
    untilWritten(100),
    confirm(),
    willCome(failedSave, refused, allowed),
    fill(MASTER),
    save(MASTER),
    came(failedSave, refused),
    untilWritten(100, 'refused'),
    configure(MASTER, 'stop-writes-on-bgsave-error', 'no'),
    came(allowed),
    untilWritten(100),
    stopLoad,
    noneLost([REPLICA, LATECOMER]),
  ],
};

export const diskFull: Drill = {
  name: 'disk-full',
  claim:
    'A full disk on the master refuses writes and loses none; a replica whose disk is too small resynchronises in a loop until it needs no disk.',
  acts: [onTheMaster, onAReplica],
};
