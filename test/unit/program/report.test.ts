import { expect, it } from 'vitest';
import { judge, type RunFacts } from '../../../src/program/report.js';
import { runJunit } from '../../../src/report/junit.js';
import { runText } from '../../../src/ui/run-text.js';

const COMMANDS = { sent: 10, answered: 10, refused: 0, unanswered: 0, errors: {} };
const TRAFFIC = {
  connections: { opened: 1, cut: 0, turnedAway: 0 },
  bytes: { sent: 1, received: 1 },
  commands: COMMANDS,
  silences: [],
};
const QUIET: RunFacts = {
  ...{ topology: 'demo', command: ['app'], exitCode: 0, signal: null, elapsedMs: 9000 },
  ...{ seed: null, again: null, faults: [], traffic: TRAFFIC },
  lost: { count: 0, atLeast: false, because: null, writes: [], cuts: [] },
  ...{ lostUnknown: null, maxLoss: null, maxDowntimeMs: null, timeline: [] },
};
const fault = (name: string, beganMs: number | null) => ({
  ...{ fault: name, node: 'redis-1', beganMs, endedMs: null },
  ...{ outcome: beganMs === null ? ('not played' as const) : ('done' as const), why: null },
});
const silences = (...spans: [number, number | null][]) => ({
  traffic: { ...TRAFFIC, silences: spans.map(([fromMs, toMs]) => ({ fromMs, toMs })) },
});
const LOST = {
  count: 3,
  atLeast: true,
  because: 'the answer to EVAL does not tell what it wrote',
  writes: [],
  cuts: [{ id: 'a', offset: 1, master: 'b', atMs: 1 }],
};

it('passes where nothing speaks against it', () => {
  const report = judge(QUIET);
  expect(report).toMatchObject({ verdict: 'pass', reasons: ['the program ended with 0'] });
  expect(report.noAnswer).toEqual({ longestMs: 0, totalMs: 0, recovered: true });
});

it.each<[string, Partial<RunFacts>, string]>([
  ['a program that fails', { exitCode: 3 }, 'fail'],
  [
    'a fault that failed',
    { faults: [{ ...fault('pause', 1), outcome: 'failed', why: 'no' }] },
    'fail',
  ],
  ['a fault that was not played', { faults: [fault('pause', null)] }, 'unknown'],
  ['loss that is allowed', { lost: LOST, maxLoss: 3 }, 'pass'],
  ['loss that is not', { lost: LOST, maxLoss: 2 }, 'fail'],
  ['loss that nobody limits', { lost: LOST }, 'pass'],
  ['unknown loss', { lost: null, lostUnknown: 'why', maxLoss: 0 }, 'unknown'],
  ['unknown loss that nobody limits', { lost: null, lostUnknown: 'why' }, 'pass'],
  ['a downtime that is kept', { ...silences([0, 500]), maxDowntimeMs: 500 }, 'pass'],
  ['one that is not', { ...silences([0, 501]), maxDowntimeMs: 500 }, 'fail'],
  ['one to the end', { ...silences([8000, null]), maxDowntimeMs: 999 }, 'fail'],
  [
    'one that can not be seen',
    { traffic: { ...TRAFFIC, commands: null, silences: null }, maxDowntimeMs: 1 },
    'unknown',
  ],
])('%s', (_, facts, verdict) => {
  const report = judge({ ...QUIET, ...facts });
  expect(report.verdict).toBe(verdict);
  expect(runText(report, { stderr: {}, env: {} })).toContain(
    `${verdict.toUpperCase()}  ${report.reasons[0]}`,
  );
  const failures = { pass: 0, unknown: 0, fail: 1 }[verdict];
  expect(runJunit(report)).toContain(`failures="${failures}"`);
});

it('gives each fault the silences from it to the next, also one that it found', () => {
  const faults = [fault('one', 1000), fault('two', 3000), fault('three', 6000)];
  const report = judge({ ...QUIET, faults, ...silences([500, 520], [1100, 1400], [5500, null]) });
  expect(report.faults.map(({ noAnswerMs }) => noAnswerMs)).toEqual([300, 3500, 3500]);
  expect(report.noAnswer).toEqual({ longestMs: 3500, totalMs: 3820, recovered: false });
});

it('knows of no time without an answer where nothing was asked', () => {
  const traffic = { ...TRAFFIC, commands: { ...COMMANDS, sent: 0 } };
  expect(judge({ ...QUIET, traffic }).noAnswer).toBeNull();
});
