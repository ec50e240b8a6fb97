import { expect, test } from 'vitest';
import { givenRoles } from '../../../src/plan/given-roles.js';

type Upstreams = Record<string, string | null | undefined>;

/** @param now redis-2 is the master, and redis.conf says so, unless it is said */
function roles(recorded: Upstreams, configured: Upstreams = NOW, now: Upstreams = NOW) {
  const names = ['redis-1', 'redis-2', 'redis-3'];
  const nodes = names.map((name) => ({
    name,
    recorded: recorded[name],
    configured: configured[name] ?? null,
    now: now[name] ?? null,
  }));
  return Object.fromEntries(givenRoles(nodes));
}

const CHAIN = { 'redis-1': null, 'redis-2': 'redis-1', 'redis-3': 'redis-2' };
const NOW = { 'redis-1': 'redis-2', 'redis-2': null, 'redis-3': 'redis-2' };

test('as recorded, whatever is now', () => {
  expect(roles(CHAIN)).toEqual(CHAIN);
});

test.each<[string, Upstreams]>([
  ['of one node does not say', { ...CHAIN, 'redis-3': undefined }],
  ['of a node that is gone', { ...CHAIN, 'redis-3': 'redis-4' }],
  ['has no master', { ...CHAIN, 'redis-1': 'redis-3' }],
  ['has two masters', { ...CHAIN, 'redis-3': null }],
])('as configured where the record %s', (_, recorded) => {
  expect(roles(recorded)).toEqual(NOW);
});

test('as they are where the files contradict each other', () => {
  const two = { ...CHAIN, 'redis-2': null };
  expect(roles({}, two)).toEqual(NOW);
});
