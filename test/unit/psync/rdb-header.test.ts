import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseRdbHeader, RDB_HEADER_BYTES, rdbOrigin } from '../../../src/psync/rdb-header.js';
import { amount } from '../../support/amount.js';

const hex = (digits: string): Buffer => Buffer.from(digits.replace(/\s/g, ''), 'hex');

/** What `od` reads at the beginning of dump.rdb: redis 6.0.16, 7.0.15, 8.0.2 and valkey 8.1.1. */
const REDIS_6_0 = hex(`
  524544495330303039fa0972656469732d76657206362e302e3136fa0a72656469732d62697473c040fa056374
  696d65c29081036bfa08757365642d6d656dc258d24c00fa0e7265706c2d73747265616d2d6462c000fa077265
  706c2d696428643331613439383634343562613731613962306336326535323233306136613834636664336163
  31fa0b7265706c2d6f6666736574c000fa0c616f662d707265616d626c65c000fe00fb412d00
`);
const REDIS_7_0 = hex(`
  524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa056374
  696d65c2a881036bfa08757365642d6d656dc2a85c3f00fa0e7265706c2d73747265616d2d6462c000fa077265
  706c2d696428313765623962343439393535376334303865363262356234643461373330343634383065663833
  35fa0b7265706c2d6f6666736574c24fed2d00fa08616f662d62617365c000fe00fb412d00
`);
const REDIS_8_0 = hex(`
  524544495330303132fa0972656469732d76657205382e302e32fa0a72656469732d62697473c040fa05637469
  6d65c2df81036bfa08757365642d6d656dc208db3a00fa0e7265706c2d73747265616d2d6462c000fa07726570
  6c2d69642838313266303562643930333932313061353761346334633030303635366662613035323833666432
  fa0b7265706c2d6f6666736574c287ed2d00fa08616f662d62617365c000fe00fb412d00
`);
const VALKEY_8_1 = hex(`
  524544495330303131fa0a76616c6b65792d76657205382e312e31fa0a72656469732d62697473c040fa056374
  696d65c2fd81036bfa08757365642d6d656dc2f02d3f00fa0e7265706c2d73747265616d2d6462c000fa077265
  706c2d696428316432643637316632666265616137626664643437346130653538656264313961313763356361
  33fa0b7265706c2d6f6666736574c24fed2d00fa08616f662d62617365c000fe00fb412d00
`);

/** Whole files of servers without replication: a function (from 7.0 on), 1 key in db 0, 2 in db 3. */
const ALONE_6_0 = hex(`
  524544495330303039fa0972656469732d76657206362e302e3136fa0a72656469732d62697473c040fa05637469
  6d65c2ffce076bfa08757365642d6d656dc2d05a0c00fa0c616f662d707265616d626c65c000fe00fb01000001
  61c001fe03fb0200000162c001000163c001ff07fd37cf721e0ceb
`);
const ALONE_7_0 = hex(`
  524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa05637469
  6d65c207cf076bfa08757365642d6d656dc288820e00fa08616f662d62617365c000f5c3406b40931f23216c7561
  206e616d653d6d796c69620a72656469732e72656769737465725f0d66756e6374696f6e282266222c20e0000d1f
  292072657475726e2022736f6d65206c6f6e67207465787420746f20626520630b6f6d707265737365642c2061e0
  2100052220656e6429fe00fb0100000161c001fe03fb0200000163c001000162c001ff7a76260a9312ff8e
`);
const ALONE_8_0 = hex(`
  524544495330303132fa0972656469732d76657205382e302e32fa0a72656469732d62697473c040fa056374696d
  65c20ecf076bfa08757365642d6d656dc2b8c80b00fa08616f662d62617365c000f5c3406b40931f23216c756120
  6e616d653d6d796c69620a72656469732e72656769737465725f0d66756e6374696f6e282266222c20e0000d1f29
  2072657475726e2022736f6d65206c6f6e67207465787420746f20626520630b6f6d707265737365642c2061e021
  00052220656e6429fe00fb0100000161c001fe03fb0200000163c001000162c001ff30134f6bb2978aa2
`);
/** The base of an AOF, begun by an empty server. */
const EMPTY_8_1 = hex(`
  524544495330303131fa0a76616c6b65792d76657205382e312e31fa0a72656469732d62697473c040fa05637469
  6d65c213cf076bfa08757365642d6d656dc2789d0d00fa08616f662d62617365c001ff98e8deb0dc3d9940
`);

describe('real headers', () => {
  it.each([
    ['redis 6.0', REDIS_6_0, 'd31a4986445ba71a9b0c62e52230a6a84cfd3ac1', 0],
    ['redis 7.0', REDIS_7_0, '17eb9b4499557c408e62b5b4d4a73046480ef835', 3_009_871],
    ['redis 8.0', REDIS_8_0, '812f05bd9039210a57a4c4c000656fba05283fd2', 3_009_927],
    ['valkey 8.1', VALKEY_8_1, '1d2d671f2fbeaa7bfdd474a0e58ebd19a17c5ca3', 3_009_871],
  ])('of %s', (_, header, id, offset) => {
    expect(rdbOrigin(header)).toEqual({ id, offset });
    expect(header.length).toBeLessThan(RDB_HEADER_BYTES);
  });

  it.each([
    ['redis 6.0', REDIS_6_0, 9, 'redis', '6.0.16', 301],
    ['redis 7.0', REDIS_7_0, 10, 'redis', '7.0.15', 301],
    ['redis 8.0', REDIS_8_0, 12, 'redis', '8.0.2', 301],
    ['valkey 8.1', VALKEY_8_1, 11, 'valkey', '8.1.1', 301],
    ['redis 6.0 without replication', ALONE_6_0, 9, 'redis', '6.0.16', 1],
    ['redis 7.0 with a function', ALONE_7_0, 10, 'redis', '7.0.15', 1],
    ['redis 8.0 with a function', ALONE_8_0, 12, 'redis', '8.0.2', 1],
    ['valkey 8.1 without data', EMPTY_8_1, 11, 'valkey', '8.1.1', 0],
  ])('of %s: who wrote it, in which format, how many keys', (_, header, format, ...rest) => {
    const [product, version, keys] = rest;
    const found = parseRdbHeader(header);
    expect(found).toMatchObject({ format, writer: { product, version }, keys });
  });

  it('say when they were written', () => {
    expect(parseRdbHeader(ALONE_6_0)?.createdMs).toBe(Date.UTC(2026, 10, 26, 6, 17, 35));
  });

  it.each([ALONE_6_0, ALONE_7_0, ALONE_8_0])(
    'cut short: keys are told or not, never wrong',
    (it) => {
      const sizes = it.indexOf(Buffer.from([0xfe, 0x00, 0xfb])) + 4;
      for (let length = 9; length <= it.length; length += 1) {
        const keys = parseRdbHeader(it.subarray(0, length))?.keys;
        expect(keys, `${length} bytes`).toBe(length < sizes ? null : 1);
      }
    },
  );

  it('cut short: what is not whole is not told, and never told wrong', () => {
    const whole = rdbOrigin(REDIS_7_0);
    // The offset is the last that is needed: 11 bytes of name, 5 of a 32-bit number.
    const end = REDIS_7_0.indexOf('repl-offset') + 11 + 5;
    for (let length = 0; length <= REDIS_7_0.length; length += 1) {
      expect(rdbOrigin(REDIS_7_0.subarray(0, length)), `${length} bytes`).toEqual(
        length < end ? null : whole,
      );
    }
  });
});

const ID = '0123456789abcdef0123456789abcdef01234567';

/** As `rdbSaveLen` writes them: lengths below 64 in 6 bits, below 16,384 in 14. */
const text = (value: string): number[] => {
  const { length } = value;
  const prefix = length < 64 ? [length] : [0x40 | (length >> 8), length & 0xff];
  return [...prefix, ...Buffer.from(value, 'latin1')];
};
const aux = (name: string, value: readonly number[]) => [0xfa, ...text(name), ...value];
const header = (...fields: number[][]) =>
  Uint8Array.from([...Buffer.from('REDIS0011'), ...fields.flat(), 0xfe, 0x00]);
const withOffset = (value: readonly number[]) =>
  header(aux('repl-id', text(ID)), aux('repl-offset', value));

describe('an offset', () => {
  it.each<[string, number[], number]>([
    ['in 8 bits', [0xc0, 0x7f], 127],
    ['in 16 bits, little end first', [0xc1, 0x34, 0x12], 0x1234],
    ['in 32 bits', [0xc2, 0xff, 0xff, 0xff, 0x7f], 2_147_483_647],
    ['as text, since more than 32 bits', text('2147483648'), 2_147_483_648],
    ['as text, with a length of 32 bits', [0x80, 0, 0, 0, 1, 0x37], 7],
    ['as text, with a length of 64 bits', [0x81, 0, 0, 0, 0, 0, 0, 0, 1, 0x37], 7],
    ['as text, the largest that is exact', text('9007199254740991'), Number.MAX_SAFE_INTEGER],
  ])('%s', (_, value, offset) => {
    expect(rdbOrigin(withOffset(value))).toEqual({ id: ID, offset });
  });

  it.each<[string, number[]]>([
    ['compressed', [0xc3, 0x02, 0x05, 0x00, 0x31]],
    ['with a length beyond all numbers', [0x81, 0x31, 0, 0, 0, 0, 0, 0, 0, 0x31]],
    ['with a length of a kind that there is not', [0x82, 0, 0, 0, 1, 0x31]],
    ['longer than what is there', [0x3f, 0x31]],
    ['that is none: Redis writes -1 for it', [0xc0, 0xff]],
    ['that is no number', text('1e3')],
  ])('%s is not read', (_, value) => {
    expect(rdbOrigin(withOffset(value))).toBeNull();
  });
});

it('an offset as text that is cut short is not a smaller one', () => {
  const whole = withOffset(text('2147483648'));
  const end = whole.length - 2;
  expect(rdbOrigin(whole.subarray(0, end))).toEqual({ id: ID, offset: 2_147_483_648 });
  expect(rdbOrigin(whole.subarray(0, end - 1))).toBeNull();
});

describe('the fields', () => {
  const offset = aux('repl-offset', [0xc0, 9]);

  it.each([63, 64, 255, 256, 700])('one of %i bytes before them does no harm', (length) => {
    const long = aux('note', text('x'.repeat(length)));
    expect(rdbOrigin(header(long, aux('repl-id', text(ID)), offset))).toEqual({
      id: ID,
      offset: 9,
    });
  });

  it('in any order', () => {
    expect(rdbOrigin(header(offset, aux('repl-id', text(ID))))).toEqual({ id: ID, offset: 9 });
  });

  it.each<[string, Uint8Array]>([
    ['one without an id', header(offset)],
    ['one without an offset', header(aux('repl-id', text(ID)))],
    ['one whose id is none', header(aux('repl-id', text('?')), offset)],
    ['one of a server without replication', header(aux('redis-ver', text('7.0.15')))],
    ['those behind the data', header([0xfe, 0x00], aux('repl-id', text(ID)), offset)],
  ])('null of %s', (_, data) => {
    expect(rdbOrigin(data)).toBeNull();
  });
});

describe('no RDB', () => {
  it.each([
    ['nothing', ''],
    ['an AOF', '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n'],
    ['another magic', `RADIS0011${'\xfa\x07repl-id'}`],
    ['a version that is none', `REDIS00x1${'\xfa\x07repl-id'}`],
  ])('%s', (_, content) => {
    expect(rdbOrigin(Buffer.from(content, 'latin1'))).toBeNull();
  });

  it('is what Valkey calls its own from 9.0 on: VALKEY and three digits', () => {
    const own = Buffer.from(withOffset([0xc0, 9]));
    own.write('VALKEY080', 'latin1');
    expect(rdbOrigin(own)).toEqual({ id: ID, offset: 9 });
  });
});

describe('keys', () => {
  const begin = [...Buffer.from('REDIS0011')];
  const keysOf = (...bytes: number[]) =>
    parseRdbHeader(Uint8Array.from([...begin, ...bytes]))?.keys;

  it.each<[string, number[], number | null]>([
    ['in 6 bits', [0xfe, 0, 0xfb, 63, 0], 63],
    ['in 14 bits', [0xfe, 0, 0xfb, 0x41, 0x02, 0], 258],
    ['in 32 bits', [0xfe, 0, 0xfb, 0x80, 0, 1, 0, 0, 0], 65_536],
    ['of a database beyond 63', [0xfe, 0x40, 0x50, 0xfb, 5, 0], 5],
    ['behind several libraries', [0xf5, 1, 0x61, 0xf5, 2, 0x62, 0x62, 0xfe, 0, 0xfb, 7, 0], 7],
    ['of functions alone', [0xf5, 1, 0x61, 0xff], 0],
    ['without their number, as before 3.2', [0xfe, 0, 0x00, 1, 0x61], null],
    ['behind data of a module', [0xf7, 0x81], null],
  ])('%s', (_, bytes, keys) => {
    expect(keysOf(...bytes)).toBe(keys);
  });
});

test('no bytes make it throw', () => {
  const magic = fc.constantFrom('', 'REDIS0011', 'VALKEY080', 'REDIS0011\xfa\x07repl-id');
  fc.assert(
    fc.property(magic, fc.uint8Array({ maxLength: 200 }), (begin, rest) => {
      const found = parseRdbHeader(Buffer.concat([Buffer.from(begin, 'latin1'), rest]));
      if (found?.origin) expect(Number.isSafeInteger(found.origin.offset)).toBe(true);
    }),
    { numRuns: amount(1000, 2000) },
  );
});
