import { expect, test } from 'vitest';
import { parseVersion, rdbFormat, softwareOf } from '../../../src/redis/rdb-format.js';

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

test.each([
  ['redis:7.0', [], 'redis', '7.0'],
  ['valkey/valkey:8.1-alpine', [], 'valkey', '8.1'],
  ['registry.lan:5000/team/redis:6.0.16', [], 'redis', '6.0.16'],
  ['redis:latest', ['PATH=/bin', 'REDIS_VERSION=8.0.2'], 'redis', '8.0.2'],
  ['ours:1', ['VALKEY_VERSION=8.1.1'], 'valkey', '8.1.1'],
  ['redis:7.0', ['REDIS_VERSION=7.0.15'], 'redis', '7.0.15'],
] as const)('%s with %j says that it runs %s %s', (image, env, product, version) => {
  expect(softwareOf(image, env)).toEqual({ product, version });
});

test.each([
  ['redis', []],
  ['redis:7', []],
  ['redis:latest', ['REDIS_VERSION=unstable']],
  ['myredis:7.0', []],
  ['redis-exporter:1.2', []],
  ['redis@sha256:0123', []],
])('%s with %j does not', (image, env) => {
  expect(softwareOf(image, env)).toBeNull();
});
