import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../src/drills/faults.js';
import type { Recovery } from '../../../src/drills/recoveries.js';
import { chaos } from '../../../src/program/chaos.js';
import { parseFaults, problemsOn } from '../../../src/program/faults.js';

const NODES = ['redis-1', 'redis-2', 'redis-3'];
const sentinels = ['sentinel-1'];

describe('a spelled fault', () => {
  it.each([
    ['kill-master@5s', { fault: 'kill-master', node: null, atMs: 5000, forMs: null }],
    ['kill-master', { fault: 'kill-master', node: null, atMs: 0, forMs: null }],
    ['pause:replica@8s+2s', { fault: 'pause', node: 'replica', atMs: 8000, forMs: 2000 }],
    ['disconnect:redis-3+500ms', { fault: 'disconnect', node: 'redis-3', atMs: 0, forMs: 500 }],
    ['stop:master@0s', { fault: 'stop', node: 'master', atMs: 0, forMs: null }],
  ])('%s', (text, expected) => {
    expect(parseFaults([text])).toEqual({ faults: [{ text, ...expected }], problems: [] });
  });

  it.each([
    '',
    '@5s',
    'pause',
    'pause:',
    'pause:replica@',
    'pause:replica@-1s',
    'pause:replica@1s+0s+1s',
    'kill-master:redis-1',
    'restart:replica+1s',
    'explode:replica',
    'toString:replica',
    'pause:replica@1s+99d',
  ])('%j is refused', (text) => {
    const { faults, problems } = parseFaults([text, 'kill-master']);
    expect(faults.map((it) => it.fault)).toEqual(['kill-master']);
    expect(problems.length).toBeGreaterThan(0);
    for (const { source } of problems) expect(source).toMatch(/^fault "/);
  });

  it('names nodes that are there, and somebody to promote', () => {
    const on = (text: string, nodes = NODES, recover: Recovery = 'promote') =>
      problemsOn(parseFaults([text]).faults, { nodes, sentinels, recover, isFresh: true }).length;
    expect(on('pause:redis-2')).toBe(0);
    expect(on('pause:primary')).toBe(0);
    expect(on('pause:redis-4')).toBe(1);
    expect(on('kill:sentinel-1@1s+1s')).toBe(0);
    expect(on('kill:sentinel-2')).toBe(1);
    expect(on('full-disk:sentinel-1')).toBe(1);
    expect(on('pause:replica', ['redis-1'])).toBe(1);
    expect(on('kill-master', ['redis-1'])).toBe(1);
    expect(on('kill-master', ['redis-1'], 'restart')).toBe(0);
    expect(on('switchover', ['redis-1'])).toBe(1);
  });

  it('fills disks that are small, and whose servers do not end', () => {
    const on = (texts: string[], isFresh: boolean, recover: Recovery = 'promote') =>
      problemsOn(parseFaults(texts).faults, { nodes: NODES, sentinels, recover, isFresh }).length;
    expect(on(['full-disk:master+1s'], true)).toBe(0);
    expect(on(['full-disk:master+1s'], false)).toBe(1);
    expect(on(['full-disk:replica', 'pause:replica', 'kill-master@1s'], true)).toBe(0);
    expect(on(['full-disk:replica', 'kill-master@1s'], true, 'restart')).toBe(1);
    for (const ending of [
      'kill',
      'stop',
      'restart',
      'shutdown-save',
      'shutdown-nosave',
      'replicaof-no-one',
    ])
      expect(on(['full-disk:replica', `${ending}:master@1s`], true)).toBe(1);
  });
});

describe('chaos', () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 31 });
  const lengths = fc.integer({ min: 1, max: 120_000 });

  it('is the same for the same seed, spelled as it would be typed, within its time, one at a time', () => {
    fc.assert(
      fc.property(seeds, lengths, fc.nat(5), (seed, length, replicas) => {
        const faults = chaos(seed, length, replicas);
        expect(chaos(seed, length, replicas)).toEqual(faults);
        expect(parseFaults(faults.map(({ text }) => text))).toEqual({ faults, problems: [] });
        const nodes = NODES.slice(0, replicas + 1);
        expect(
          problemsOn(faults, { nodes, sentinels, recover: 'promote', isFresh: false }),
        ).toEqual([]);
        let freeMs = 0;
        for (const { fault, atMs, forMs } of faults) {
          expect(atMs).toBeGreaterThan(freeMs);
          expect(forMs === null).toBe(FAULTS[fault].undoneBy === null);
          freeMs = atMs + (forMs ?? 0);
          expect(freeMs).toBeLessThanOrEqual(length);
        }
      }),
    );
  });

  it('differs between seeds, and plays every kind sooner or later', () => {
    const all = Array.from({ length: 40 }, (_, seed) => chaos(seed, 60_000, 2));
    expect(new Set(all.map((it) => JSON.stringify(it))).size).toBe(40);
    const kinds = Object.values(FAULTS).filter(({ atRandom }) => atRandom.length > 0).length;
    expect(new Set(all.flat().map(({ fault }) => fault)).size).toBe(kinds);
  });
});
