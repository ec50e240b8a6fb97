import { expect, test } from 'vitest';
import { dialArguments } from '../../../src/docker/ssh.js';

test.each([
  ['ssh://engine.lan', '-- engine.lan docker system dial-stdio'],
  ['ssh://ada@engine.lan:2222', '-l ada -p 2222 -- engine.lan docker system dial-stdio'],
  ['ssh://corp%5Cada@engine', '-l corp\\ada -- engine docker system dial-stdio'],
  ['ssh://[::1]', '-- ::1 docker system dial-stdio'],
  ['ssh://b/x.sock', "-- b docker --host 'unix:///x.sock' system dial-stdio"],
  ["ssh://b/it's;x", "-- b docker --host 'unix:///it'\\''s;x' system dial-stdio"],
])('%s', (url, expected) => {
  expect(dialArguments(url).join(' ')).toBe(`-o ConnectTimeout=20 -T ${expected}`);
});
