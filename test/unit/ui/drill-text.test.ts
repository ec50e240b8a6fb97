import { describe, expect, it } from 'vitest';
import type { KillMasterReport } from '../../../src/drills/account.js';
import { killMasterText, timelineLine } from '../../../src/ui/drill-text.js';
import { findings } from '../../support/ledgers.js';

const report: KillMasterReport = {
  drill: 'kill-master',
  topology: 'demo',
  verdict: 'pass',
  reasons: [
    'LOST 384 of 115,000 acknowledged writes, all beyond the cut',
    'asynchronous replication promises nothing: what no replica has yet is lost',
  ],
  seed: 1,
  recover: 'promote',
  wait: 0,
  ...findings({
    attempted: 115_021,
    acknowledged: 115_000,
    refused: 17,
    unknown: 4,
    lost: 384,
    recovered: 1,
  }),
  downtimeMs: 412.3,
  failoverMs: 398.2,
  killed: 'redis-1',
  promoted: 'redis-2',
  timeline: [
    { atMs: 0.2, event: 'load begins', node: 'redis-1' },
    { atMs: 2004, event: 'killed', node: 'redis-1' },
    { atMs: 12_345.6, event: 'load ends', node: null },
  ],
  resyncs: [
    { node: 'redis-1', kind: 'full', bytes: 2_457_600, reason: 'Replication ID mismatch' },
    { node: 'redis-3', kind: 'partial', bytes: 310, reason: null },
    { node: 'redis-4', kind: null, bytes: null, reason: null },
  ],
  samples: 1021,
  twoMasters: 0,
  witness: { lost: 12, lastEventLoop: 1 },
  witnessUnknown: null,
};

const plain = (more: Partial<KillMasterReport> = {}) =>
  killMasterText({ ...report, ...more }, { stdout: {}, env: {} });
const coloured = (more: Partial<KillMasterReport> = {}) =>
  killMasterText({ ...report, ...more }, { stdout: { isTTY: true }, env: {} });

describe('the report of a drill', () => {
  it('is the verdict, the account and the evidence', () => {
    expect(`\n${plain()}`).toMatchInlineSnapshot(`
      "
      PASS  LOST 384 of 115,000 acknowledged writes, all beyond the cut
            asynchronous replication promises nothing: what no replica has yet is lost

      ATTEMPTED  ACKNOWLEDGED  REFUSED  UNKNOWN  LOST  RECOVERED  RESURRECTED  DUPLICATES
      115,021    115,000       17       4        384   1          0            0

      killed redis-1, promoted redis-2
      death to first acknowledged write: 398 ms; writers without an answer for 412 ms
      1,021 samples of all nodes: never two masters
      the stream of redis-1: 12 beyond the cut, 1 acknowledged that it never told
      redis-1: full resync, 2.3 MB (Replication ID mismatch)
      redis-3: partial resync, 310 B
      redis-4: no resync

            0.2 ms  load begins  redis-1
         2004.0 ms  killed  redis-1
        12345.6 ms  load ends
      "
    `);
  });

  it('of a master that never came back', () => {
    const text = plain({
      verdict: 'unknown',
      reasons: ['no write was acknowledged'],
      recover: 'none',
      promoted: null,
      downtimeMs: null,
      failoverMs: null,
      resyncs: [],
      timeline: [],
      twoMasters: 3,
    });
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      UNKNOWN  no write was acknowledged

      ATTEMPTED  ACKNOWLEDGED  REFUSED  UNKNOWN  LOST  RECOVERED  RESURRECTED  DUPLICATES
      115,021    115,000       17       4        384   1          0            0

      killed redis-1
      death to first acknowledged write: never; writers without an answer to the end
      1,021 samples of all nodes: two masters in 3
      the stream of redis-1: 12 beyond the cut, 1 acknowledged that it never told

      "
    `);
  });

  it('shows a failure as one, without colour too', () => {
    const text = plain({ verdict: 'fail', reasons: ['two masters', 'lost 0 of 9'] });
    expect(text.split('\n').slice(0, 2)).toEqual(['FAIL  two masters', '      lost 0 of 9']);
    expect(text).not.toContain('\u001b');
  });

  it('leaves out the timeline where that was shown as it happened', () => {
    const shown = killMasterText(report, { stdout: {}, env: {} }, true);
    const whole = plain();
    expect(report.timeline.length).toBeGreaterThan(0);
    expect(whole).toBe(
      `${shown}\n${report.timeline.map((event) => `${timelineLine(event)}\n`).join('')}`,
    );
  });

  it('has a colour for each verdict: what was lost by permission is not green', () => {
    const [red, green, yellow] = ['\u001b[31m', '\u001b[32m', '\u001b[33m'];
    expect(coloured({ verdict: 'fail' })).toContain(`${red}FAIL`);
    expect(coloured({ verdict: 'unknown' })).toContain(`${yellow}UNKNOWN`);
    expect(coloured()).toContain(`${yellow}PASS`);
    expect(coloured(findings())).toContain(`${green}PASS`);
  });
});

describe('an event', () => {
  it('stands under the one before it', () => {
    expect(timelineLine({ atMs: 4, event: 'promoted', node: 'redis-2' })).toBe(
      '      4.0 ms  promoted  redis-2',
    );
    expect(timelineLine({ atMs: 1_234_567.89, event: 'load ends', node: null })).toBe(
      '1234567.9 ms  load ends',
    );
  });
});
