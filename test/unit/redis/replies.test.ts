import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ErrorReply, encodeCommand, type Reply, ReplyReader } from '../../../src/redis/replies.js';

/** As a server writes it. */
function encode(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (reply instanceof ErrorReply) return `-${reply.text}\r\n`;
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}

const { reply: anyReply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }).map((text) => `${text}\r\n`),
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.constant(null),
    fc.string({ unit: fc.constantFrom('E', 'R', ' ', 'ü') }).map((text) => new ErrorReply(text)),
    fc.array(tie('reply'), { maxLength: 4 }),
  ),
}));

function read(pieces: readonly Buffer[]): Reply[] {
  const replies: Reply[] = [];
  const reader = new ReplyReader((reply) => replies.push(reply));
  for (const piece of pieces) reader.push(piece);
  return replies;
}

it('replies are what was written, in whatever pieces they come', () => {
  const pieces = fc.infiniteStream(fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(anyReply), pieces, (replies, sizes) => {
      const bytes = Buffer.from(replies.map(encode).join(''));
      const cut: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value;
        cut.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(read(cut)).toEqual(replies);
      expect(read([bytes])).toEqual(replies);
    }),
  );
});

it('a reply of which a byte is missing is none yet', () => {
  const bytes = Buffer.from(encode(['a', ['b', null], 7]));
  expect(read([bytes.subarray(0, -1)])).toEqual([]);
});

it('a null array and a simple string', () => {
  expect(read([Buffer.from('*-1\r\n+OK\r\n')])).toEqual([null, 'OK']);
});

it.each(['HTTP/1.1 400\r\n', '$x\r\n', '*1.5\r\n', '\r\n'])('%j is no reply', (text) => {
  expect(() => read([Buffer.from(text)])).toThrow(/^no /);
});

it('commands count bytes, not characters', () => {
  expect(encodeCommand(['SET', 'ü', 7])).toBe('*3\r\n$3\r\nSET\r\n$2\r\nü\r\n$1\r\n7\r\n');
});
