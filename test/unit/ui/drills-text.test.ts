import { describe, expect, it } from 'vitest';
import { securityOf } from '../../../src/access/access.js';
import { nodesOf } from '../../../src/drills/define-drill.js';
import type { DrillReport } from '../../../src/drills/drill-report.js';
import { DRILLS } from '../../../src/drills/library/index.js';
import { drillList, drillText, summaryLine } from '../../../src/ui/drills-text.js';

const check = { id: 'data', node: 'redis-1', claim: 'the data are the same' };

const report: DrillReport = {
  drill: 'partition-short',
  claim: 'A replica that was cut off resumes.',
  image: 'redis:6.0',
  server: 'redis 6.0.16',
  security: securityOf(null),
  verdict: 'fail',
  acts: [
    {
      title: '50 small keys',
      nodes: 2,
      config: {},
      foreseen: [
        {
          node: 'redis-2',
          predicted: 'partial: 310 bytes from the backlog',
          seen: 'partial, 310 B',
        },
        { node: 'redis-3', predicted: 'full: unknown replication id', seen: null },
      ],
      checks: [
        { ...check, verdict: 'pass', expected: 'equal', seen: 'equal' },
        { ...check, id: 'oracle', verdict: 'pass', claim: 'hidden', expected: '', seen: '' },
        { ...check, id: 'oracle', verdict: 'fail', claim: 'came true', expected: 'a', seen: 'b' },
        { ...check, node: null, verdict: 'unknown', expected: 'an answer', seen: 'none' },
      ],
      rows: [{ lost: '3', 'p99 ms': '1.2' }, { lost: '0' }],
      timeline: [],
    },
  ],
};

describe('drillText', () => {
  it('puts what was predicted above what came, then the checks that say more', () => {
    expect(drillText(report, { stdout: {}, env: {} })).toBe(`\
FAIL  partition-short (redis 6.0.16)
      A replica that was cut off resumes.
  50 small keys
    redis-2  predicted  partial: 310 bytes from the backlog
             seen       partial, 310 B
    redis-3  predicted  full: unknown replication id
             seen       nothing: the act ended before
    ✔ redis-1: the data are the same: equal
    ✘ redis-1: came true: b; expected a
    ? the data are the same: none; expected an answer

| lost | p99 ms |
| ---- | ------ |
| 3    | 1.2    |
| 0    | -      |

`);
  });
});

it.each([
  [{ password: true, user: 'app', tls: true }, 'redis 6.0.16, user app, TLS'],
  [{ password: true, user: null, tls: false }, 'redis 6.0.16, password'],
  [{ password: false, user: null, tls: true }, 'redis 6.0.16, TLS'],
])('tells how the servers are secured: %j', (security, words) => {
  const text = drillText({ ...report, security }, { stdout: { isTTY: false }, env: {} });
  expect(text.split('\n')[0]).toBe(`FAIL  partition-short (${words})`);
});

describe('drillList', () => {
  it('has a line for each drill', () => {
    const lines = drillList(DRILLS).trimEnd().split('\n');
    expect(lines).toHaveLength(DRILLS.length + 1);
    expect(lines[0]).toMatch(/^DRILL +CLAIM$/);
  });
});

describe('summaryLine', () => {
  it('names those that did not show what they claim', () => {
    const unknown = { ...report, drill: 'lock-loss', verdict: 'unknown' as const };
    const pass = { ...report, drill: 'disk-full', verdict: 'pass' as const };
    expect(summaryLine([pass], 1)).toBe('1 of 1 drill showed what they claim\n');
    expect(summaryLine([unknown, report, pass], 3)).toBe(
      '1 of 3 drills showed what they claim; not so: partition-short, lock-loss\n',
    );
    expect(summaryLine([pass], 3)).toBe(
      '1 of 3 drills showed what they claim; not played to the end: 2\n',
    );
  });
});

describe('the library', () => {
  it('has drills with names of their own, claims that are sentences, and checks', () => {
    expect(new Set(DRILLS.map(({ name }) => name)).size).toBe(DRILLS.length);
    for (const { name, claim, acts } of DRILLS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(claim).toMatch(/^[A-Z].*\.$/s);
      for (const { topology, steps } of acts) {
        const kinds = steps(nodesOf(topology)).map(({ kind }) => kind);
        expect(kinds, name).toContain('check');
        // Said before it is done, not after.
        expect(kinds.indexOf('predict'), name).toBeGreaterThanOrEqual(0);
        expect(kinds.indexOf('predict'), name).toBeLessThan(kinds.lastIndexOf('check'));
      }
    }
  });
});
