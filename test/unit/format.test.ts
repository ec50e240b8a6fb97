import { expect, test } from 'vitest';
import {
  approximately,
  bytes,
  count,
  duration,
  keyText,
  plural,
  printable,
  shortIds,
} from '../../src/format.js';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KB'],
  [1536, '1.5 KB'],
  [1024 ** 2 - 1, '1.0 MB'],
  [1024 ** 2, '1.0 MB'],
  [64 * 1024 ** 2, '64.0 MB'],
  [5 * 1024 ** 3, '5.0 GB'],
  [2 * 1024 ** 4, '2.0 TB'],
  [4000 * 1024 ** 4, '4000.0 TB'],
])('%i bytes are %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

test.each([
  [0, '0.0 ms'],
  [0.25, '0.3 ms'],
  [9.94, '9.9 ms'],
  [9.96, '10 ms'],
  [12.4, '12 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1000, '1.0 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [60_000, '1 min 0 s'],
  [61_999, '1 min 1 s'],
  [3_599_000, '59 min 59 s'],
  [3_600_000, '1 h 0 min'],
  [47 * 3_600_000 + 60_000, '47 h 1 min'],
  [48 * 3_600_000, '2 days'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('numbers and nouns', () => {
  expect(count(1234567)).toBe('1,234,567');
  expect([0, 1, 2, 1000].map((value) => plural(value, 'replica'))).toEqual([
    '0 replicas',
    '1 replica',
    '2 replicas',
    '1,000 replicas',
  ]);
});

test.each([
  [0, 'less than a second'],
  [1, 'about 1 s'],
  [40, 'about 40 s'],
  [99, 'about 99 s'],
  [100, 'about 2 min'],
  [5999, 'about 100 min'],
  [6000, 'about 2 h'],
  [172_799, 'about 48 h'],
  [172_800, 'about 2 days'],
  [864_000_000, 'about 10,000 days'],
])('an estimate of %d seconds is %s', (seconds, text) => {
  expect(approximately(seconds)).toBe(text);
});

test('replication ids are told apart by their beginning', () => {
  const id = 'fd11da82d1addac020030f129534f5302cc89942';
  expect(shortIds(`Replica asked for '${id}', mine is '${'0'.repeat(40)}'`)).toBe(
    "Replica asked for 'fd11da82', mine is '00000000'",
  );
});

test.each([
  ['a\u202eb', 'a\\u202eb'],
  ['\u001b[31m', '\\x1b[31m'],
  ['zähler\n\t', 'zähler\n\t'],
])('%j is printed so that it moves nothing: %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('the texts of two keys are two, whatever their bytes', () => {
  expect(keyText(Buffer.from('zähler'))).toBe('zähler');
  expect(keyText(Buffer.from([0x6b, 0xff]))).toBe('k\\xff');
  expect(keyText(Buffer.from([0x6b, 0xfe]))).toBe('k\\xfe');
});
