import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { alignedToEnd, alignedWithin, parseCommands } from '../../../src/stream/commands.js';

const encode = (...words: (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => {
      const bytes = Buffer.from(word);
      return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
    }),
  ]);
const words = (commands: readonly { args: readonly Buffer[] }[] | null) =>
  commands?.map(({ args }) => args.join(' '));

/** A value that looks like commands. */
const HOSTILE = `*2\r\n$3\r\nDEL\r\n$1\r\nx\r\n*1\r\n$4\r\nPING`;
const SET = encode('SET', 'a', HOSTILE);
const PING = encode('PING');

describe('commands', () => {
  it('are read with their places', () => {
    const { commands, end, open } = parseCommands(Buffer.concat([SET, PING]));
    expect(words(commands)).toEqual([`SET a ${HOSTILE}`, 'PING']);
    expect(commands.map((it) => [it.begin, it.end])).toEqual([
      [0, SET.length],
      [SET.length, end],
    ]);
    expect({ end, open }).toEqual({ end: SET.length + PING.length, open: true });
  });

  it('wherever they are cut, the last that is whole counts, and more may come', () => {
    for (let length = 0; length <= SET.length + PING.length; length += 1) {
      const found = parseCommands(Buffer.concat([SET, PING]).subarray(0, length));
      expect(found.open, `${length} bytes`).toBe(true);
      expect(found.end).toBe(
        length < SET.length ? 0 : length < SET.length + PING.length ? SET.length : length,
      );
    }
  });

  it('may have times between them, in an AOF', () => {
    const data = Buffer.concat([Buffer.from('#TS:1795673851\r\n'), PING, Buffer.from('#TS:17')]);
    expect(words(parseCommands(data).commands)).toEqual(['PING']);
  });

  it.each([
    '*x\r\n',
    '*0\r\n',
    '*1\r\n+OK\r\n',
    '*1\r\n$1\r\nabc',
    '*-1\r\n',
    'PING\r\n',
    `*${'1'.repeat(30)}`,
  ])('are not %j', (text) => {
    const data = Buffer.concat([PING, Buffer.from(text)]);
    expect(parseCommands(data)).toMatchObject({ end: PING.length, open: false });
  });
});

describe('a piece that begins within a command', () => {
  const stream = Buffer.concat([SET, PING, encode('SET', 'b', '\r\n'), encode('DEL', 'c')]);
  const last = ['SET b \r\n', 'DEL c'];

  it('wherever it begins, its last commands are read', () => {
    for (let from = 0; from <= SET.length + PING.length; from += 1) {
      expect(words(alignedToEnd(stream.subarray(from)))?.slice(-2), `from ${from}`).toEqual(last);
    }
  });

  it('and may end within one, in an AOF', () => {
    const cut = Buffer.concat([stream.subarray(5), Buffer.from('*2\r\n$3\r\nSE')]);
    expect(words(alignedWithin(cut))?.slice(-2)).toEqual(last);
    expect(alignedToEnd(cut)).toBeNull();
  });

  it('holds no command that is whole', () => {
    expect(alignedWithin(encode('SET', 'a', 'x'.repeat(100)).subarray(3, 80))).toBeNull();
    expect(alignedToEnd(Buffer.from('RDB'))).toBeNull();
    expect(alignedWithin(Buffer.alloc(0))).toBeNull();
  });
});

test('what was encoded is read, from any place', () => {
  const hostile = fc.constantFrom('\r\n', '*1\r\n', '$3\r\n', HOSTILE, '*', '$');
  const word = fc.oneof(hostile, fc.string({ maxLength: 8 }));
  const command = fc.array(word, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(command, { minLength: 2, maxLength: 8 }), fc.nat(), (all, place) => {
      const encoded = all.map((it) => encode(...it));
      const stream = Buffer.concat(encoded);
      expect(words(parseCommands(stream).commands)).toEqual(all.map((it) => it.join(' ')));
      const [first = Buffer.alloc(0)] = encoded;
      const found = words(alignedToEnd(stream.subarray(place % first.length)));
      const rest = all.slice(1).map((it) => it.join(' '));
      expect(found?.slice(-rest.length)).toEqual(rest);
    }),
  );
});

it('a piece that can’t be read to its end is given up soon, however many commands it has', () => {
  const command = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n';
  const data = Buffer.from(`${command.repeat(100_000)}*3\r\n$3`);
  expect(alignedToEnd(data)).toBe(null);
  expect(alignedWithin(Buffer.concat([data, Buffer.from('broken')]))).toBe(null);
});
