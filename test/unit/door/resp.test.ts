import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RespItem, RespReader } from '../../../src/door/resp.js';

function itemsOf(commands: boolean, chunks: readonly Buffer[]): RespItem[] {
  const items: RespItem[] = [];
  const reader = new RespReader(commands, (item) => items.push(item));
  for (const chunk of chunks) reader.read(chunk);
  expect(reader.broken).toBe(false);
  return items;
}

const bulk = (value: Buffer | string) => {
  const data = Buffer.from(value as string);
  return Buffer.concat([Buffer.from(`$${data.length}\r\n`), data, Buffer.from('\r\n')]);
};
const command = (words: readonly (Buffer | string)[]) =>
  Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...words.map(bulk)]);

/** At every place of the given ones. */
function split(data: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((at) => at % (data.length + 1)))].sort((a, b) => a - b);
  const ends = [...sorted, data.length];
  return ends.map((end, index) => data.subarray(sorted[index - 1] ?? 0, end));
}

describe('commands', () => {
  it('finds each of them, whatever they hold and wherever the stream is cut', () => {
    const words = fc.tuple(
      fc.constantFrom('SET', 'get', 'XADD'),
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ maxLength: 80 }),
    );
    const nasty = fc.constantFrom('\r\n', '*3\r\n$3\r\n', '$-1\r\n', '');
    fc.assert(
      fc.property(fc.array(words), nasty, fc.array(fc.nat()), (all, value, places) => {
        const sent = all.map(([name, key, more]) => [
          name,
          Buffer.from(key),
          Buffer.concat([Buffer.from(more), Buffer.from(value)]),
        ]);
        const items = itemsOf(true, split(Buffer.concat(sent.map(command)), places));
        expect(items.map((it) => it.words[0])).toEqual(all.map(([name]) => name));
      }),
    );
  });

  it('reads inline commands, and passes over empty lines and arrays', () => {
    const items = itemsOf(true, [Buffer.from('PING\r\n\r\n*0\r\nSET a b\n')]);
    expect(items.map(({ words }) => words)).toEqual([['PING'], ['SET', 'a']]);
  });

  it('gives up on what is no RESP', () => {
    const reader = new RespReader(false, () => {});
    reader.read(Buffer.from([0x16, 0x03, 0x01, 0x0a, 0x0a]));
    expect(reader.broken).toBe(true);
  });
});

describe('replies', () => {
  const WHOLE = [
    '+OK\r\n',
    '-READONLY no\r\n',
    ':1\r\n',
    '$-1\r\n',
    '$5\r\n-ERR\n\r\n',
    '*2\r\n*2\r\n:1\r\n$1\r\na\r\n*-1\r\n',
    '%1\r\n+a\r\n*0\r\n',
    '>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n',
    '_\r\n',
    '#t\r\n',
    ',1.5\r\n',
    '*0\r\n',
    '|1\r\n+a\r\n:1\r\n+OK\r\n',
  ];

  it('finds each of them, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WHOLE)), fc.array(fc.nat()), (replies, places) => {
        const items = itemsOf(false, split(Buffer.from(replies.join('')), places));
        expect(items.map(({ line }) => line)).toEqual(replies.map((it) => it.split('\r\n')[0]));
      }),
    );
  });
});
