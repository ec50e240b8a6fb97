import { expect, test } from 'vitest';
import {
  collect,
  parseAge,
  parseCount,
  parseDuration,
  parseRate,
  parseReports,
} from '../../../src/cli/options.js';
import { wholeNumber } from '../../../src/rules.js';

test.each([
  ['500ms', 500],
  ['60s', 60_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['24h', 86_400_000],
  ['1d', 86_400_000],
  ['90', 90_000],
  ['1.5s', 1500],
  ['0.9ms', 1],
  [' 2s ', 2000],
])('a time: %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  '0',
  '0s',
  '-1s',
  '2d',
  's',
  '1 s',
  '25h',
  '1e3',
  'Infinity',
  '5S',
  '.5s',
  'NaN',
  '0.4ms',
])('no time: %j', (text) => {
  expect(() => parseDuration(text)).toThrow('Give a time such as 500ms, 60s or 5m');
});

test('an age, however long', () => {
  expect(parseAge('30d')).toBe(30 * 86_400_000);
  for (const text of ['', '0h', '1w', '-1d']) expect(() => parseAge(text)).toThrow('30m, 2h or 7d');
});

test('flags that repeat', () => {
  expect(collect('b', collect('a'))).toEqual(['a', 'b']);
});

test('reports', () => {
  const parse = parseReports(['junit', 'html']);
  expect(parse('junit=a=b.xml,html=c')).toEqual({ junit: 'a=b.xml', html: 'c' });
  expect(parse('html=d', parse('junit=a'))).toEqual({ junit: 'a', html: 'd' });
  for (const text of ['', 'junit', 'junit=', '=a', 'pdf=a', 'junit=a,']) {
    expect(() => parse(text), text).toThrow('formats: junit, html');
  }
});

test('counts', () => {
  const parse = parseCount(wholeNumber(0, 100));
  expect(parse('0')).toBe(0);
  expect(parse('100')).toBe(100);
  for (const text of ['', '-1', '+1', '1.5', 'all', '1e1', '0x1', ' 5', '٣', '101']) {
    expect(() => parse(text), text).toThrow('Give a whole number from 0 to 100.');
  }
});

test('rates', () => {
  expect(parseRate('max')).toBeNull();
  expect(parseRate('500')).toBe(500);
  expect(() => parseRate('0')).toThrow('Give a whole number from 1 to 1000000, or max.');
});
