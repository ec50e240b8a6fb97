import { expect, test } from 'vitest';
import { verifyText } from '../../../src/ui/verify-text.js';
import { report } from '../../support/verify-report.js';

test('a claim a line, under it what was seen on each node', () => {
  const text = verifyText(report, { stdout: {}, env: {} });
  expect(`\n${text}`).toMatchInlineSnapshot(`
    "
    one-master  exactly one node is a master
      ✔           redis-1
    link  the link is up
      ✔ redis-2   up, online
      ? redis-10  expected up; seen: no reply
    data  the data are "equal" & the <same>
      ✘ redis-2   expected the same digest; seen: a<b> & "c" 😀
    "
  `);
});

test('each verdict has its colour', () => {
  const text = verifyText(report, { stdout: { isTTY: true }, env: {} });
  expect(text).toContain('\u001b[32m✔\u001b[39m');
  expect(text).toContain('\u001b[31m✘\u001b[39m');
  expect(text).toContain('\u001b[33m?\u001b[39m');
});

test('no checks, no text', () => {
  expect(verifyText({ ...report, checks: [] }, { stdout: {}, env: {} })).toBe('');
});
