import { expect, it } from 'vitest';
import { saveTrouble } from '../../../src/live/save-trouble.js';
import { parseInfo, parsePersistence } from '../../../src/redis/info.js';
import { REDIS_6_0_MASTER } from '../redis/info-replies.js';

const STAMP = '61:C 26 Nov 2026 06:40:10.035 #';
const facts = parsePersistence(parseInfo(REDIS_6_0_MASTER));

it('is none where all is saved, whatever the log told before', () => {
  expect(
    saveTrouble(facts, [`${STAMP} Write error saving DB on disk: No space left on device`]),
  ).toBe(null);
});

it.each([
  'Failed opening the RDB file dump.rdb (in server root dir /data) for saving: Permission denied',
  'Failed opening the temp RDB file temp-65.rdb (in server root dir /data) for saving: Permission denied',
  'Write error saving DB on disk: No space left on device',
  'Write error while saving DB to the disk(fflush): No space left on device',
  "Can't save in background: fork: Cannot allocate memory",
])('is a failed save with its reason: %s', (reason) => {
  const log = [`${STAMP} ${reason}`, '1:M 26 Nov 2026 06:40:10.084 # Background saving error'];
  expect(saveTrouble({ ...facts, rdbLastSaveOk: false }, log)).toBe(
    `its last save failed: ${reason}`,
  );
});

it('is an AOF that can not be written or rewritten', () => {
  const log = [`${STAMP} Error writing to the AOF file: No space left on device`];
  expect(saveTrouble({ ...facts, aofLastWriteOk: false }, log)).toBe(
    "it can't write its AOF: Error writing to the AOF file: No space left on device",
  );
  expect(saveTrouble({ ...facts, rdbLastSaveOk: false, aofLastRewriteOk: false }, [])).toBe(
    'its last save failed, its last AOF rewrite failed',
  );
});
