import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NodeSync, Why } from '../../../src/live/why.js';
import { whyText } from '../../../src/ui/why-text.js';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T20:45:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const full: NodeSync = {
  node: 'redis-2',
  upstream: 'redis-1',
  kind: 'full',
  at: '2026-11-22T20:44:00Z',
  tookMs: 1300,
  cause: 'link lost',
  upstreamRestarted: false,
  request: { id: '0842f944acdff0aa919b6e8cec63180789ed562d', next: 3_009_872 },
  refusal: 'for lack of backlog (Replica request was: 3009872).',
  bytes: 39_454,
  rdb: { target: 'disk', sharedWith: [] },
  phases: { saveMs: 1200, transferMs: 0, loadMs: 100 },
};
const partial: NodeSync = {
  ...full,
  kind: 'partial',
  tookMs: 1,
  refusal: null,
  bytes: 50,
  rdb: null,
  phases: null,
};
const why: Why = {
  topology: 'demo',
  node: 'redis-2',
  role: 'replica',
  upstream: 'redis-1',
  link: 'up',
  problem: null,
  masterSince: null,
  syncs: [full],
  nextSync: { kind: 'partial', reason: null, roomBytes: 1024, bytesPerSecond: 0, seconds: null },
  evidence: [
    { node: 'redis-2', line: '1:S asked' },
    { node: 'redis-10', line: '1:M answered' },
  ],
};

const piped = { stdout: { isTTY: false }, env: {} };
const text = (more: Partial<Why>) => whyText({ ...why, ...more }, piped);
const sentences = (more: Partial<Why>) =>
  text({ evidence: [], ...more })
    .trimEnd()
    .split('\n');
const of = (sync: NodeSync) => sentences({ syncs: [sync], nextSync: null }).slice(1);

it('sentences first, then what the logs say', () => {
  expect(`\n${text({})}`).toMatchInlineSnapshot(`
    "
    redis-2 last synchronised 1 min 0 s ago with redis-1: full, in 1.3 s.
    Its link had broken: it asked for offset 3,009,872 of stream 0842f944.
    redis-1 refused: for lack of backlog.
    redis-1 sent an RDB of 38.5 KB, saved on disk.
    It took 1.2 s until it came, under 1 ms to receive it, 100 ms to load it.
    If its link to redis-1 broke now: partial, 1.0 KB of room left (nothing is being written).

    redis-2  | 1:S asked
    redis-10 | 1:M answered
    "
  `);
});

it('on a terminal the lines of the logs step back', () => {
  const coloured = whyText(why, { stdout: { isTTY: true }, env: {} });
  expect(coloured).toContain('\u001b[2mredis-10 | 1:M answered\u001b[22m\n');
});

describe('what was asked for', () => {
  it.each<[string, Partial<NodeSync>, string]>([
    [
      'nothing',
      { cause: 'started', request: null },
      'It had been started: it had nothing to go on with and asked for all.',
    ],
    [
      'what its RDB said',
      { cause: 'started' },
      'It had been started: it asked for offset 3,009,872 of stream 0842f944, as the RDB on its disk said.',
    ],
    [
      'of another upstream',
      { cause: 'told' },
      'It had been told to replicate from there: it asked for offset 3,009,872 of stream 0842f944.',
    ],
    [
      'for a reason that no log says',
      { cause: null },
      'It asked for offset 3,009,872 of stream 0842f944.',
    ],
  ])('%s', (_, more, sentence) => {
    expect(of({ ...full, ...more })[0]).toBe(sentence);
  });
});

describe('what it was answered', () => {
  it.each<[string, NodeSync, string[]]>([
    ['some bytes', partial, ['redis-1 accepted: 50 B were missing.']],
    ['no bytes', { ...partial, bytes: 0 }, ['redis-1 accepted: nothing was missing.']],
    ['partial, and no more is known', { ...partial, bytes: null }, []],
    [
      'by an upstream that had been away',
      { ...partial, bytes: 0, upstreamRestarted: true },
      ['redis-1, started anew in between, accepted: nothing was missing.'],
    ],
    [
      'a stream',
      {
        ...full,
        bytes: null,
        rdb: { target: 'sockets', sharedWith: ['redis-3', 'redis-4'] },
        phases: { saveMs: 5000, transferMs: null, loadMs: 63 },
      },
      [
        'redis-1 refused: for lack of backlog.',
        'redis-1 sent an RDB, streamed from memory (diskless), for redis-3, redis-4 too.',
        'It took 5.0 s until it came, 63 ms to load it as it came.',
      ],
    ],
    [
      'full, by its own log alone',
      { ...full, refusal: null, rdb: null, phases: null },
      ['It got an RDB of 38.5 KB.'],
    ],
    [
      'full, and no more is known',
      { ...full, refusal: null, rdb: null, phases: null, bytes: null },
      [],
    ],
  ])('%s', (_, sync, expected) => {
    expect(of(sync).slice(1)).toEqual(expected);
  });
});

describe('now', () => {
  it('what is wrong, and what comes next', () => {
    const nextSync = {
      ...why.nextSync,
      kind: 'full',
      reason: 'so',
      roomBytes: null,
    } as Why['nextSync'];
    expect(sentences({ link: 'down', problem: 'link down', nextSync }).slice(-2)).toEqual([
      'Now: link down.',
      'When its link to redis-1 comes back: full: so.',
    ]);
  });

  it('no synchronisation at all', () => {
    expect(text({ syncs: [], evidence: [], nextSync: null })).toBe(
      'redis-2 has not synchronised, as far as its log tells.\n',
    );
  });
});

describe('a master', () => {
  const master: Partial<Why> = {
    role: 'master',
    link: null,
    nextSync: null,
    masterSince: { how: 'promoted', at: '2026-11-22T20:44:58Z' },
    syncs: [full, { ...partial, node: 'redis-3' }, { ...full, node: 'redis-4', bytes: null }],
  };

  it('since when, and what its replicas cost', () => {
    expect(sentences(master)).toEqual([
      'redis-2 is a master: it was promoted 2.0 s ago.',
      'redis-2 last synchronised 1 min 0 s ago: full, an RDB of 38.5 KB, in 1.3 s.',
      'redis-3 last synchronised 1 min 0 s ago: partial, backlog of 50 B, in 1 ms.',
      'redis-4 last synchronised 1 min 0 s ago: full, an RDB, in 1.3 s.',
    ]);
  });

  it('nothing that its log does not tell', () => {
    expect(sentences({ ...master, masterSince: null, syncs: [] })).toEqual([
      'redis-2 is a master: its log does not say since when.',
      'No replica has synchronised with it.',
    ]);
  });
});
