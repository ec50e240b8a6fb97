/** The cases that were measured on real sentinels. */
import { expect, test } from 'vitest';
import type { ElectionFacts, Failure } from '../../../src/election/facts.js';
import { predictElection } from '../../../src/election/predict.js';
import { facts, replica, sentinel } from './facts.js';

const MASTER = 'redis-1';
const kill = (...nodes: string[]): Failure => ({ how: 'kill', nodes });
const cut = (...nodes: string[]): Failure => ({ how: 'cut', nodes });
const killed = (given: ElectionFacts, ...others: string[]) =>
  predictElection(given, [kill(MASTER, ...others)]);

test.for([
  { downAfterMs: 500, seen: [820, 1000] },
  { downAfterMs: 1000, seen: [1280, 1490] },
  { downAfterMs: 5000, seen: [5380, 5420] },
])('first write after a kill, down-after $downAfterMs', ({ downAfterMs, seen }) => {
  const range = killed(facts({ downAfterMs })).times?.firstWrite;
  for (const ms of seen) {
    expect(ms).toBeGreaterThanOrEqual(range?.from ?? Number.NaN);
    expect(ms).toBeLessThanOrEqual(range?.to ?? Number.NaN);
  }
});

test.for([970, 1150, 1560])('a hang is noticed up to a ping period later: %d ms', (ms) => {
  const { times, twoMasters } = predictElection(facts({ downAfterMs: 500 }), [
    { how: 'hang', nodes: [MASTER] },
  ]);
  expect(twoMasters).toBe(true);
  expect(ms).toBeGreaterThanOrEqual(times?.firstWrite.from ?? Number.NaN);
  expect(ms).toBeLessThanOrEqual(times?.firstWrite.to ?? Number.NaN);
});

test('two sentinels name it at da + 1.3 s, the leader at da + 2.3 s', () => {
  const { times } = killed(facts({ downAfterMs: 500 }));
  expect(times?.othersName).toEqual({ from: 1500, to: 2300 });
  expect(times?.leaderNames).toEqual({ from: 2500, to: 3400 });
});

test('each further round of parallel-syncs is a second', () => {
  const four = ['redis-2', 'redis-3', 'redis-4', 'redis-5'];
  const given = facts(
    { parallelSyncs: 1, replicas: four },
    four.map((name) => replica(name)),
  );
  expect(killed(given).times?.leaderNames).toEqual({ from: 3000, to: 5900 });
});

test('2 of 3 sentinels down: s_down, no o_down', () => {
  expect(killed(facts(), 'sentinel-2', 'sentinel-3')).toMatchObject({
    elected: null,
    obstacle: 'quorum',
    reaches: 's_down',
    because: '1 of the 2 that the quorum asks for find it down',
  });
});

test('the same with quorum 1: o_down, never elected', () => {
  expect(killed(facts({ quorum: 1 }), 'sentinel-2', 'sentinel-3')).toMatchObject({
    elected: null,
    obstacle: 'majority',
    reaches: 'o_down',
    because: '1 vote of 3, and a leader needs 2, whatever the quorum is',
  });
});

test('quorum 1, one sentinel cut off: it tries and is not elected; the others are as they were', () => {
  const given = facts({ quorum: 1 });
  expect(predictElection(given, [cut('sentinel-3')])).toMatchObject({
    obstacle: 'majority',
    reaches: 'o_down',
  });
  expect(predictElection(given, [kill('sentinel-3')]).obstacle).toBe('master-answers');
  expect(predictElection(given, [cut('sentinel-3'), kill(MASTER)]).elected).not.toBeNull();
});

test('a master in the minority with a sentinel: the majority promotes, two masters', () => {
  const given = predictElection(facts(), [cut(MASTER, 'sentinel-1')]);
  expect(given).toMatchObject({ obstacle: null, twoMasters: true, reaches: 'failover' });
});

test('a master in the majority, whom one sentinel cannot see: nothing', () => {
  expect(predictElection(facts(), [cut(MASTER, 'sentinel-1', 'sentinel-2')])).toMatchObject({
    elected: null,
    obstacle: 'quorum',
  });
});

test('sentinels that die and are remembered count for the majority', () => {
  const peers = ['sentinel-1', 'sentinel-2', 'dead-1', 'dead-2', 'dead-3'];
  const sentinels = ['sentinel-1', 'sentinel-2'].map((name) =>
    sentinel(name, { peers: peers.filter((it) => it !== name) }),
  );
  expect(killed({ ...facts(), sentinels })).toMatchObject({
    obstacle: 'majority',
    because: '2 votes of 5, and a leader needs 3, whatever the quorum is',
  });
});

test('killed right after a RESET of all: s_down, never o_down', () => {
  expect(killed(facts({ peers: [], replicas: [] }))).toMatchObject({
    obstacle: 'quorum',
    reaches: 's_down',
  });
});

test('peers are known again, replicas not yet: no good replica', () => {
  expect(killed(facts({ replicas: [] }))).toMatchObject({
    obstacle: 'no-good-replica',
    because: 'it knows no replica',
  });
});

test('only priority 0', () => {
  const none = [replica('redis-2', { priority: 0 }), replica('redis-3', { priority: 0 })];
  expect(killed(facts({}, none))).toMatchObject({
    obstacle: 'no-good-replica',
    reaches: 'o_down',
    because: 'redis-2: its priority is 0; redis-3: its priority is 0',
  });
});

test('a user without the right to CLIENT KILL: settles, and never fails over', () => {
  expect(killed(facts({ lacks: ['client|kill'] }))).toMatchObject({
    obstacle: 'rights',
    because: 'its user lacks +client|kill on the servers',
  });
});

test('one sentinel with all rights leads', () => {
  const [first, ...others] = facts({ lacks: ['exec'] }).sentinels;
  const sentinels = [{ ...sentinel('sentinel-1'), name: first?.name ?? '' }, ...others];
  expect(killed({ ...facts(), sentinels }).elected).not.toBeNull();
});

test('2 of 3 in TILT hold it up until one of them is out of it', () => {
  const given = facts({ downAfterMs: 4000 });
  const [first, ...others] = given.sentinels;
  const sentinels = [
    first ?? sentinel('sentinel-1'),
    ...others.map((it) => ({ ...it, tiltMs: 0 })),
  ];
  const { elected, times, heldUp } = killed({ ...given, sentinels });
  expect(elected).not.toBeNull();
  expect(heldUp).toBe('sentinels in TILT do nothing for 30 s');
  expect(times?.firstWrite).toEqual({ from: 30_250, to: 30_600 });
});

test('one of 3 in TILT holds nothing up', () => {
  const given = facts();
  const [first, ...others] = given.sentinels;
  const sentinels = [{ ...(first ?? sentinel('sentinel-1')), tiltMs: 0 }, ...others];
  expect(killed({ ...given, sentinels })).toMatchObject({
    heldUp: null,
    times: { firstWrite: { from: 1250, to: 1600 } },
  });
});

test('a sentinel that comes out of TILT after 10 × down-after finds no replica eligible, and costs a try', () => {
  const given = facts({ failoverTimeoutMs: 5000 });
  const [first, ...others] = given.sentinels;
  const sentinels = [
    first ?? sentinel('sentinel-1'),
    ...others.map((it) => ({ ...it, tiltMs: 0 })),
  ];
  expect(killed({ ...given, sentinels }).times?.firstWrite).toEqual({
    from: 30_250,
    to: Number.POSITIVE_INFINITY,
  });
  const all = given.sentinels.map((it) => ({ ...it, tiltMs: 0 }));
  expect(killed({ ...given, sentinels: all })).toMatchObject({
    obstacle: 'no-good-replica',
    because: expect.stringContaining('longer than 10 × down-after'),
  });
});

test('a try that came to nothing holds the next one up for 2 × failover-timeout', () => {
  const given = facts({ failoverTimeoutMs: 3000, sinceAttemptMs: 1000 });
  expect(killed(given)).toMatchObject({
    heldUp: 'the last try was less than 2 × failover-timeout ago',
    times: { firstWrite: { from: 5250, to: 5600 } },
  });
  expect(killed(facts({ failoverTimeoutMs: 3000, sinceAttemptMs: 5500 })).heldUp).toBeNull();
});

test('every sentinel dead', () => {
  expect(killed(facts(), 'sentinel-1', 'sentinel-2', 'sentinel-3').obstacle).toBe('no-sentinel');
});

test('a replica that dies with the master is not promoted and not waited for', () => {
  expect(killed(facts(), 'redis-2')).toMatchObject({
    elected: { replica: 'redis-3', rule: 'only' },
    following: [],
    leftOut: [{ replica: 'redis-2', because: 'it is out of reach' }],
  });
});

test('a master that is back before down-after has passed', () => {
  const given = facts({ downAfterMs: 5000 });
  const back = (backMs: number) =>
    predictElection(given, [{ how: 'kill', nodes: [MASTER], backMs }]);
  expect(back(1200)).toMatchObject({
    obstacle: 'master-answers',
    reaches: 'up',
    because: 'redis-1 is back before down-after (5.0 s) has passed',
  });
  expect(back(6000).elected).not.toBeNull();
});
