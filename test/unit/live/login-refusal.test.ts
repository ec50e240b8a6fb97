import { expect, it } from 'vitest';
import { loginRefusal } from '../../../src/live/login-refusal.js';

const STAMP = '1:S 23 Nov 2026 00:06:10.890';

it.each([
  [
    '# Unable to AUTH to MASTER: -WRONGPASS invalid username-password pair',
    'WRONGPASS invalid username-password pair',
  ],
  [
    '# MASTER aborted replication with an error: NOAUTH Authentication required.',
    'NOAUTH Authentication required.',
  ],
  [
    "# Error reply to PING from master: '-NOAUTH Authentication required.'",
    'NOAUTH Authentication required.',
  ],
  [
    "* Master does not support PSYNC or is in error state (reply: -NOPERM this user has no permissions to run the 'psync' command)",
    "NOPERM this user has no permissions to run the 'psync' command",
  ],
])('%s', (line, reason) => {
  expect(loginRefusal([`${STAMP} * Connecting to MASTER redis-2:6379`, `${STAMP} ${line}`])).toBe(
    reason,
  );
});

it('one before the last synchronisation is over', () => {
  const refused = `${STAMP} # Unable to AUTH to MASTER: -WRONGPASS invalid username-password pair`;
  const synced = `${STAMP} * MASTER <-> REPLICA sync: Finished with success`;
  expect(loginRefusal([refused, synced])).toBeNull();
  expect(loginRefusal([synced, refused])).not.toBeNull();
  expect(loginRefusal([])).toBeNull();
});
