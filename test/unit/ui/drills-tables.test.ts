import { expect, it } from 'vitest';
import { securityOf } from '../../../src/access/access.js';
import type { ActReport, DrillReport, Row } from '../../../src/drills/drill-report.js';
import { drillText } from '../../../src/ui/drills-text.js';

const act = (title: string, rows: readonly Row[]): ActReport => ({
  title,
  nodes: 2,
  config: {},
  foreseen: [],
  checks: [],
  rows,
  timeline: [],
});

const text = (acts: readonly ActReport[]): string => {
  const about = {
    drill: 'd',
    claim: 'It holds.',
    image: 'redis:6.0',
    server: 'redis 6.0.16',
    security: securityOf(null),
  };
  const report: DrillReport = { ...about, verdict: 'pass', acts };
  return drillText(report, { stdout: { isTTY: false }, env: {} });
};

it('compares acts that measured the same columns in one table', () => {
  const acts = [
    act('one', [{ setting: 'plain', lost: '12' }]),
    act('two', []),
    act('three', [{ setting: 'WAIT 1', lost: '0' }]),
  ];
  expect(`\n${text(acts)}`).toMatchInlineSnapshot(`
    "
    PASS  d (redis 6.0.16)
          It holds.
      one
      two
      three

    | setting | lost |
    | ------- | ---- |
    | plain   | 12   |
    | WAIT 1  | 0    |

    "
  `);
});

it('keeps apart what has other columns', () => {
  const acts = [act('one', [{ setting: 'plain', lost: '12' }]), act('two', [{ reads: '3' }])];
  expect(text(acts).match(/^\| -/gm)).toHaveLength(2);
});

it('has no table where nothing was measured', () => {
  expect(text([act('one', [])])).not.toContain('|');
});
