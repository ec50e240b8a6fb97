import { expect, test } from 'vitest';
import { fail, ok, warn } from '../../../src/doctor/finding.js';
import { doctorText } from '../../../src/ui/doctor-text.js';

const findings = [
  ok('engine', 'version 1'),
  warn('huge-pages', 'always', 'turn them off'),
  fail('image', 'two\nlines', 'load it'),
];

test('a line a check, the remedy under it', () => {
  expect(`\n${doctorText(findings, { stdout: {}, env: {} })}`).toMatchInlineSnapshot(`
    "
    ✔ engine      version 1
    ! huge-pages  always
                  turn them off
    ✘ image       two
                  lines
                  load it
    "
  `);
});

test('each condition has its colour', () => {
  const text = doctorText(findings, { stdout: { isTTY: true }, env: {} });
  for (const code of [32, 33, 31]) expect(text).toContain(`\u001b[${code}m`);
});
