import { expect, it } from 'vitest';
import { liveLine } from '../../../src/ui/live-line.js';
import { captured } from '../../support/streams.js';

function told(isTTY: boolean, env: NodeJS.ProcessEnv = { TERM: 'xterm' }): string {
  const stderr = captured(isTTY);
  const line = liveLine({ stderr, env });
  line.write('begins');
  line.update('1 write so far');
  line.update('2 writes so far');
  line.write('killed');
  line.end();
  line.end();
  return stderr.text;
}

it('keeps one line under the others on a terminal, and clears it at the end', () => {
  const clear = '\r\x1b[K';
  expect(told(true)).toBe(
    `begins\n1 write so far${clear}2 writes so far${clear}killed\n2 writes so far${clear}`,
  );
});

it.each([
  ['no terminal', false, { TERM: 'xterm' }],
  ['a CI job', true, { CI: '1', TERM: 'xterm' }],
  ['a terminal that can’t', true, { TERM: 'dumb' }],
])('has only the others on %s', (_, isTTY, env) => {
  expect(told(isTTY, env)).toBe('begins\nkilled\n');
});
