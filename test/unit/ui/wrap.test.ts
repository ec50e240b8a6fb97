import { expect, it } from 'vitest';
import { wrapped } from '../../../src/ui/wrap.js';

const TERMINAL = { isTTY: true, columns: 30 };
const LONG = 'redis-1 is cut off, and the others follow it then; more';

it('breaks between words, and indents what goes on', () => {
  expect(wrapped(LONG, TERMINAL)).toBe(
    'redis-1 is cut off, and the\n  others follow it then; more',
  );
  expect(wrapped(`  ${LONG}\nshort\n`, TERMINAL)).toBe(
    '  redis-1 is cut off, and the\n    others follow it then;\n    more\nshort\n',
  );
});

it('never within a command, so that it can be copied', () => {
  const command = '`rrepl connect redis-1 --name a-long-name`';
  expect(wrapped(`it is cut off: ${command}; or so`, TERMINAL)).toBe(
    `it is cut off:\n  ${command};\n  or so`,
  );
});

it('counts what is seen, not what colours it', () => {
  const text = `\u001b[31m${'x'.repeat(14)}\u001b[39m ${'y'.repeat(15)}`;
  expect(wrapped(text, TERMINAL)).toBe(text);
});

it('leaves a pipe its lines, and a terminal without a width', () => {
  for (const sink of [
    {},
    { isTTY: false, columns: 30 },
    { isTTY: true },
    { isTTY: true, columns: 0 },
  ])
    expect(wrapped(LONG, sink)).toBe(LONG);
});
