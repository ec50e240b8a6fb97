import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../src/access/secret.js';

const TEXT = 'hunter2';
const secret = new Secret(TEXT);

test('no way of printing it by accident shows the text', () => {
  const held = { deep: [secret] };
  const error = new Error(`no reply: ${secret}`, { cause: secret });
  const printed = [
    `${secret}`,
    `a${secret}`,
    String(secret),
    JSON.stringify(held),
    inspect(held, { depth: null, showHidden: true }),
    inspect(error),
    Object.entries(secret).join(),
  ];
  for (const text of printed) expect(text).not.toContain(TEXT);
  expect(JSON.stringify(held)).toBe('{"deep":["***"]}');
});

test('whoever means to gets it', () => {
  expect(secret.reveal()).toBe(TEXT);
  expect(secret.equals(new Secret(TEXT))).toBe(true);
  expect(secret.equals(new Secret('other'))).toBe(false);
});
