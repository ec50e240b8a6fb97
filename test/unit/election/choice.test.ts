import { expect, test } from 'vitest';
import { chooseReplica } from '../../../src/election/choice.js';
import { replica } from './facts.js';

const LOOK = { downAfterMs: 1000, sdownMs: 1000, reaches: () => true };

test.for([
  {
    what: 'priority before offset',
    a: { priority: 100, offset: 9000 },
    b: { priority: 10, offset: 100 },
    chosen: { replica: 'b', rule: 'priority', because: 'its lower priority (10, not 100)' },
  },
  {
    what: 'offset before run id',
    a: { offset: 3796, runId: '0a' },
    b: { offset: 5000, runId: 'ff' },
    chosen: { replica: 'b', rule: 'offset', because: 'its higher offset (+1,204 B)' },
  },
  {
    what: 'the run id that sorts first',
    a: { runId: 'b0' },
    b: { runId: 'a9' },
    chosen: { replica: 'b', rule: 'run-id' },
  },
  { what: 'priority 0 never', a: { priority: 0 }, b: {}, chosen: { replica: 'b', rule: 'only' } },
])('$what', ({ a, b, chosen }) => {
  const seen = chooseReplica([replica('a', a), replica('b', b)], LOOK);
  expect(seen.chosen).toMatchObject(chosen);
});

test.for([
  { because: 'it is down', differs: { down: true } },
  { because: 'it is disconnected', differs: { disconnected: true } },
  { because: 'it has not answered a PING for 5 s', differs: { sincePongMs: 5001 } },
  { because: 'it has not answered INFO for 5 s', differs: { sinceInfoMs: 15_001 } },
  {
    because: 'its link has been down for longer than 10 × down-after',
    differs: { linkDownMs: 10_001 },
  },
])('left out: $because', ({ because, differs }) => {
  const { chosen, leftOut } = chooseReplica([replica('a', differs)], LOOK);
  expect(chosen).toBeNull();
  expect(leftOut).toEqual([{ replica: 'a', because }]);
});

test('a link that has been down for 9 s is no obstacle', () => {
  expect(chooseReplica([replica('a', { linkDownMs: 9000 })], LOOK).chosen?.replica).toBe('a');
});
