import { expect, test } from 'vitest';
import { lookAhead } from '../../../src/election/outlook.js';
import { electionText } from '../../../src/ui/election-text.js';
import { facts, replica } from '../election/facts.js';

const topology = 'shop';

test('who, when, why, and what ends it', () => {
  const given = facts({}, [replica('redis-2'), replica('redis-3', { offset: 6204 })]);
  expect(electionText({ topology, ...lookAhead(given) })).toBe(
    [
      'if redis-1 died now: redis-3 in 1.3 to 1.6 s, because of its higher offset (+1,204 B); with sentinel-1 and sentinel-2 gone too: none (1 of the 2 that the quorum asks for find it down)',
      '  redis-2 follows it',
      '  the other sentinels name it after 2.0 to 2.8 s, the one that leads after 3.0 to 3.9 s',
      'if it hung: redis-3 in 1.3 to 2.6 s, because of its higher offset (+1,204 B)',
      'if it was cut off: redis-3 in 1.3 to 2.6 s, because of its higher offset (+1,204 B)',
      'when started again by itself it is a second master; lost is what no replica had when it failed, and all that it takes in the 10.0 to 11.4 s until it is demoted',
      'when it wakes it is a second master; lost is what no replica had when it failed, and all that it takes in the 10.0 to 11.4 s until it is demoted',
      'when joined again it is a second master; lost is all that it takes while it is cut off, and in the 10.0 to 11.4 s until it is demoted',
      '',
    ].join('\n'),
  );
});

test('with a replica gone', () => {
  const text = electionText({ topology, ...lookAhead(facts(), 'redis-2') });
  expect(text).toContain(
    'if redis-1 died now with redis-2 gone: redis-3 in 1.3 to 1.6 s, because it is the only one left',
  );
  expect(text).toContain('  never redis-2: it is out of reach\n');
});

test('nobody, and why', () => {
  const none = facts({}, [replica('redis-2', { priority: 0 })]);
  expect(electionText({ topology, ...lookAhead({ ...none }) })).toBe(
    'if redis-1 died now: none, it stays o_down (redis-2: its priority is 0)\n',
  );
});

test('without sentinels nobody is promoted, and who can', () => {
  const plain = { master: 'redis-1', gone: null, sentinels: [], outlooks: [], endedBy: null };
  expect(electionText({ topology, ...plain })).toBe(
    [
      'if redis-1 died now: none. No sentinel watches shop, so nobody is promoted.',
      '  `rrepl heal --name shop` promotes the replica that has most, `rrepl promote NODE --name shop` one that you name',
      '',
    ].join('\n'),
  );
});
