import { expect, test } from 'vitest';
import { NOTHING } from '../../../src/stream/key-state.js';
import {
  parseSalvage,
  type Salvage,
  type SalvagedWrite,
  salvageText,
} from '../../../src/stream/salvage-file.js';

const HEAD = {
  ...{ topology: 'shop', node: 'redis-1', master: 'redis-2', masterId: 'b'.repeat(40) },
  at: '2026-01-01T00:00:00.000Z',
};
const BYTES = Buffer.from([0xff, 0x00, 0x0a]);
const LINES: readonly SalvagedWrite[] = [
  {
    ...{ offset: 17, db: 3, command: 'SET', transaction: 11, changed: false },
    ...{ keys: [BYTES, Buffer.from('b')], args: [BYTES, Buffer.from('1\n2')] },
    after: [
      { key: BYTES, type: 'string', dump: BYTES, expiresAtMs: 5, digest: 'd' },
      { key: Buffer.from('b'), ...NOTHING },
    ],
  },
  {
    ...{ offset: null, db: null, command: 'FLUSHALL', transaction: null, changed: null },
    ...{ keys: [], args: [], after: [] },
  },
];

const text = (salvage: Salvage) => [...salvageText(salvage)].join('');

test.each<[string, Pick<Salvage, 'source' | 'id' | 'cut' | 'end' | 'missingBytes'>]>([
  ['a stream', { source: 'stream', id: 'a'.repeat(40), cut: 0, end: 20, missingBytes: 0 }],
  ['an AOF', { source: 'aof', id: 'a'.repeat(40), cut: 10, end: null, missingBytes: null }],
  ['data', { source: 'data', id: null, cut: null, end: null, missingBytes: null }],
])('what was salvaged from %s is read as it was written', (_, facts) => {
  for (const lines of [LINES, []]) {
    const salvage = { ...HEAD, ...facts, writes: lines.length, lines };
    expect(parseSalvage(text(salvage), 'f')).toEqual(salvage);
  }
});

test.each([
  ['', 'its first line is no JSON'],
  ['null\n', 'its first line does not say what it is'],
  [`${JSON.stringify({ ...HEAD, writes: 0 })}\n`, 'its first line does not say what it is'],
  [
    `${JSON.stringify({ ...HEAD, cut: null, writes: 1 })}\n`,
    '1 writes are promised, and 0 are there',
  ],
  [`${JSON.stringify({ ...HEAD, cut: 1, writes: 1 })}\n{}\n`, 'line 2 is no salvaged write'],
])('%j is none', (other, reason) => {
  expect(() => parseSalvage(other, 'f')).toThrow(
    `f is no salvage.jsonl, or not all of one: ${reason}`,
  );
});
