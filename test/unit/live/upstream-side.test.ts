import { expect, test } from 'vitest';
import { readLog } from '../../../src/live/sync-words.js';
import { closingBefore, rdbFor } from '../../../src/live/upstream-side.js';

const MINE = '10.0.0.2';
const asks = (address: string) => `Replica ${address}:6379 asks for synchronization`;
const accepted = (address: string) =>
  `Partial resynchronization request from ${address}:6379 accepted. Sending 0 bytes of backlog`;
const BEGINS = 'Starting BGSAVE for SYNC with target: disk';
const JOINED = 'Waiting for end of BGSAVE for SYNC';
const ENDS = 'Background saving terminated with success';
const START = 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo';

test.each<[string, string[], string[] | null]>([
  ['nobody else', [asks(MINE), BEGINS, ENDS], []],
  ['one that joined', [asks(MINE), BEGINS, asks('10.0.0.3'), JOINED, ENDS], ['10.0.0.3']],
  ['one that it joined', [asks('10.0.0.3'), BEGINS, asks(MINE), JOINED, ENDS], ['10.0.0.3']],
  ['not one that resumed', [asks('10.0.0.3'), accepted('10.0.0.3'), asks(MINE), BEGINS, ENDS], []],
  [
    'one that got an RDB and then resumed over its other channel',
    [asks('10.0.0.3'), asks(MINE), BEGINS, asks('10.0.0.3'), accepted('10.0.0.3'), ENDS],
    ['10.0.0.3'],
  ],
  ['not those of the one before', [asks('10.0.0.3'), BEGINS, ENDS, asks(MINE), BEGINS, ENDS], []],
  ['not those of the one after', [asks(MINE), BEGINS, ENDS, asks('10.0.0.3'), BEGINS, ENDS], []],
  ['not those of a server that ended', [asks('10.0.0.3'), BEGINS, START, asks(MINE), BEGINS], []],
  ['no BGSAVE, no RDB', [asks(MINE), ENDS, BEGINS], null],
])('a BGSAVE served %s', (_, words, sharedWith) => {
  const log = readLog(words.map((it) => `1:M 22 Nov 2026 20:42:27.283 * ${it}`));
  const question = log.find(({ text }) => text.includes(asks(MINE)));
  const rdb = rdbFor(MINE, log, question ? [question] : []);
  expect(rdb).toEqual(sharedWith && { target: 'disk', sharedWith });
});

const overflowed = (address: string) =>
  `Client id=9 addr=${address}:40312 laddr=10.0.0.1:6379 fd=9 name= age=7 flags=S db=0 scheduled to be closed ASAP for overcoming of output buffer limits.`;
const timedOut = (address: string) =>
  `Disconnecting timedout replica (streaming sync): ${address}:6379`;

test.each<[string, string[], string | null]>([
  ['its output buffer', [asks(MINE), overflowed(MINE)], 'output buffer limit'],
  ['that of its first copy', [START, overflowed(MINE)], 'output buffer limit'],
  ['its silence', [asks(MINE), timedOut(MINE)], 'replica timeout'],
  ['the last of them', [asks(MINE), overflowed(MINE), timedOut(MINE)], 'replica timeout'],
  ['nothing: another one was meant', [asks(MINE), overflowed('10.0.0.22')], null],
  ['nothing since it asked before', [overflowed(MINE), asks(MINE)], null],
  ['nothing since its upstream was started', [timedOut(MINE), START], null],
  ['nothing, as far as the log goes', [], null],
])('its upstream closed the link for %s', (_, words, why) => {
  const log = readLog(words.map((it) => `1:M 22 Nov 2026 20:42:27.283 # ${it}`));
  const asked = { atMs: Date.parse('2026-11-22T20:42:27.300Z'), text: '' };
  const heard = { atMs: asked.atMs, text: asks(MINE) };
  const side = { lines: [], cause: null, upstream: null, asked, done: heard };
  expect(closingBefore(MINE, [...log, heard], side)?.why ?? null).toBe(why);
});
