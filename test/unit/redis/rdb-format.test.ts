import { expect, test } from 'vitest';
import { parseVersion, rdbFormat } from '../../../src/redis/rdb-format.js';

// The formats of 6.0.16, 7.0.15, 8.0.2 and valkey 8.1.1 were read from their own dump.rdb.
test.each([
  ['redis', '3.2.0', null],
  ['redis', '6.0.16', 9],
  ['redis', '6.2.14', 9],
  ['redis', '7.0.15', 10],
  ['redis', '7.2.4', 11],
  ['redis', '7.4.0', 12],
  ['redis', '8.0.2', 12],
  ['redis', '10.0.0', 12],
  ['valkey', '7.2.5', 11],
  ['valkey', '8.1.1', 11],
  ['valkey', '9.0.0', 80],
] as const)('%s %s writes %s', (product, version, format) => {
  expect(rdbFormat({ product, version })).toBe(format);
});

test.each([
  ['Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64', 'redis', '6.0.16'],
  ['Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', 'valkey', '8.1.1'],
])('%s', (text, product, version) => {
  expect(parseVersion(`a line before\n${text}`)).toEqual({ product, version });
});

test('what says neither is unknown', () => {
  expect(parseVersion('nginx version: nginx/1.27.0')).toBeNull();
});
