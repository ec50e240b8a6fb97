import { expect, test } from 'vitest';
import { securityOf } from '../../../src/access/access.js';
import type { NextSync } from '../../../src/live/next-sync.js';
import type { NodeStatus } from '../../../src/live/status.js';
import { nextSyncLines } from '../../../src/ui/next-sync-text.js';

const OPEN = securityOf(null);

const MB = 1024 ** 2;
const idle: NextSync = {
  kind: 'partial',
  reason: null,
  roomBytes: MB,
  bytesPerSecond: 0,
  seconds: null,
};
const busy: NextSync = { ...idle, bytesPerSecond: 26_214, seconds: 40 };
const full: NextSync = {
  ...idle,
  kind: 'full',
  reason: 'the backlog begins 1.2 MB after this offset',
  roomBytes: null,
};

const node = (name: string, link: NodeStatus['link'], nextSync: NextSync | null) =>
  ({ name, link, nextSync }) as NodeStatus;
const lines = (...nodes: NodeStatus[]) =>
  nextSyncLines({ topology: 'demo', url: null, security: OPEN, health: 'well', nodes }, {});

test('a line for all that have the same to expect', () => {
  const text = lines(
    node('redis-1', null, null),
    node('redis-2', 'up', idle),
    node('redis-3', 'down', full),
    node('redis-4', 'up', idle),
    node('redis-5', 'up', { ...idle, roomBytes: MB / 2 }),
    node('redis-6', 'down', idle),
  );
  expect(`\n${text}`).toMatchInlineSnapshot(`
    "

    redis-2, redis-4  if this link broke now: partial, 1.0 MB of room left (nothing is being written)
    redis-3           when it comes back: full: the backlog begins 1.2 MB after this offset
    redis-5           if this link broke now: partial, 512.0 KB of room left (nothing is being written)
    redis-6           when it comes back: partial, 1.0 MB of room left (nothing is being written)
    "
  `);
});

test.each<[string, NextSync, string]>([
  ['under load', busy, '1.0 MB of room left (about 40 s at this write rate)'],
  ['under too much of it', { ...busy, seconds: 0 }, '(less than a second at this write rate)'],
  ['not measured', { ...idle, bytesPerSecond: null }, '1.0 MB of room left\n'],
  ['no room, but not yet beyond', { ...idle, roomBytes: 0 }, 'partial, 0 B of room left'],
])('%s', (_, next, text) => {
  expect(lines(node('redis-2', 'up', next))).toContain(text);
});

test('nothing of nodes that have nothing to expect', () => {
  expect(lines(node('redis-1', null, null))).toBe('');
});
