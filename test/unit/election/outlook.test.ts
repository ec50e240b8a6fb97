import { expect, test } from 'vitest';
import { lookAhead } from '../../../src/election/outlook.js';
import { predictReturn } from '../../../src/election/return.js';
import { facts } from './facts.js';

test('two more sentinels end a failover of three with quorum 2', () => {
  const { endedBy, outlooks } = lookAhead(facts());
  expect(outlooks.map(({ how }) => how)).toEqual(['kill', 'hang', 'cut']);
  expect(endedBy?.sentinels).toEqual(['sentinel-1', 'sentinel-2']);
  expect(endedBy?.election.obstacle).toBe('quorum');
});

test('one more with quorum 3', () => {
  expect(lookAhead(facts({ quorum: 3 })).endedBy?.sentinels).toEqual(['sentinel-1']);
});

test('where nobody is promoted anyway nothing more ends it', () => {
  expect(lookAhead(facts({ lacks: ['exec'] })).endedBy).toBeNull();
});

test('an old master that comes back as one is demoted after 10 s, whatever down-after is', () => {
  expect(predictReturn('kill', false).demotedAfter).toEqual({ from: 10_000, to: 11_400 });
  expect(predictReturn('cut', true).demotedAfter).not.toBeNull();
  expect(predictReturn('kill', true).demotedAfter).toBeNull();
});

test('with a sentinel gone already, one more', () => {
  expect(lookAhead(facts(), 'sentinel-2').endedBy?.sentinels).toEqual(['sentinel-1']);
});

test('with a replica gone, the other one', () => {
  const [{ election } = { election: null }] = lookAhead(facts(), 'redis-2').outlooks;
  expect(election?.elected?.replica).toBe('redis-3');
});
