import { expect, test } from 'vitest';
import { atLeast } from '../../../src/psync/version.js';
import type { ServerFacts } from '../../../src/redis/info.js';

const server = (product: ServerFacts['product'], version: string): ServerFacts => ({
  product,
  version,
  runId: '',
  uptimeSeconds: 0,
  loading: false,
});

test.each<[ServerFacts['product'], string, number, number, boolean]>([
  ['redis', '6.0.16', 6, 0, true],
  ['redis', '6.0.16', 6, 2, false],
  ['redis', '6.2.14', 6, 2, true],
  ['redis', '6.2.14', 7, 0, false],
  ['redis', '7.0.15', 7, 0, true],
  ['redis', '7.0.15', 6, 2, true],
  ['redis', '7.2.0', 7, 4, false],
  ['redis', '8.0.2', 7, 4, true],
  ['redis', '10.0.0', 9, 9, true],
  ['valkey', '7.2.5', 7, 2, true],
  ['valkey', '8.1.1', 7, 2, true],
  // Its numbers are its own: Valkey 8 is no Redis 8.
  ['valkey', '8.1.1', 8, 0, false],
])('%s %s has what Redis has from %i.%i on: %s', (product, version, major, minor, expected) => {
  expect(atLeast(server(product, version), major, minor)).toBe(expected);
});

test('a major version alone means its first minor one', () => {
  expect(atLeast(server('redis', '7.0.0'), 7)).toBe(true);
  expect(atLeast(server('redis', '6.2.14'), 7)).toBe(false);
});
