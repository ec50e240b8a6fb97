import { expect, it } from 'vitest';
import { endOf } from '../../../src/psync/server-end.js';

/** Word for word of redis 6.0.16, which says less loudly what 7.0.15, 8.0.2 and valkey 8.1.1 say. */
const START = '1:C 26 Nov 2026 06:17:30.580 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo';
const READY = '1:M 26 Nov 2026 06:17:30.585 * Ready to accept connections';
const TERM = '1:signal-handler (1795673851) Received SIGTERM scheduling shutdown...';
const REQUESTED = '1:M 26 Nov 2026 06:17:31.987 # User requested shutdown...';
const SYNCED = '1:M 26 Nov 2026 06:17:31.987 * Calling fsync() on the AOF file.';
const SAVING = '1:M 26 Nov 2026 06:17:31.987 * Saving the final RDB snapshot before exiting.';
const SAVED = '1:M 26 Nov 2026 06:17:31.988 * DB saved on disk';
const BYE = '1:M 26 Nov 2026 06:17:31.988 # Redis is now ready to exit, bye bye...';

const begun = [START, READY];
const stop = [TERM, REQUESTED];
const VALKEY_START =
  '1:M 26 Nov 2026 06:17:59.059 * oO0OoO0OoO0Oo Valkey is starting oO0OoO0OoO0Oo';
const VALKEY_BYE = '1:M 26 Nov 2026 06:18:00.467 # Valkey is now ready to exit, bye bye...';

const killed = { graceful: false, aof: null, saved: null };

it.each([
  ['stopped with an AOF', [...stop, SYNCED, BYE], { graceful: true, aof: true, saved: false }],
  [
    'stopped with save points',
    [...stop, SAVING, SAVED, BYE],
    { graceful: true, aof: false, saved: true },
  ],
  [
    'stopped with both',
    [...stop, SYNCED, SAVING, SAVED, BYE],
    { graceful: true, aof: true, saved: true },
  ],
  ['stopped without either', [...stop, BYE], { graceful: true, aof: false, saved: false }],
  [
    'saved by hand, then stopped without',
    [SAVED, ...stop, BYE],
    { graceful: true, aof: false, saved: false },
  ],
  ['killed', [], killed],
  ['killed as it ended', [...stop, SAVING], killed],
])('%s', (_, log, end) => {
  expect(endOf([...begun, ...log])).toEqual(end);
});

it('only its last run counts', () => {
  const first = [...begun, ...stop, SYNCED, SAVING, SAVED, BYE];
  expect(endOf([...first, ...begun])).toEqual(killed);
  expect(endOf([...first, ...begun, ...stop, BYE])).toEqual({
    graceful: true,
    aof: false,
    saved: false,
  });
});

it('Valkey calls itself by its own name', () => {
  const log = [VALKEY_START, READY, TERM, SAVING, SAVED, VALKEY_BYE];
  expect(endOf(log)).toEqual({ graceful: true, aof: false, saved: true });
  expect(endOf([...log, VALKEY_START, READY])).toEqual(killed);
});

it('a log of warnings alone tells neither', () => {
  expect(endOf([START, ...stop, BYE])).toEqual({ graceful: true, aof: null, saved: null });
});

it('no log tells nothing', () => {
  expect(endOf([])).toEqual(killed);
});
