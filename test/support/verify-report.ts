/** A report with every verdict in it, and text that markup must escape. */
import type { CheckResult, VerifyReport } from '../../src/verify/check.js';

const link: CheckResult = {
  id: 'link',
  node: 'redis-2',
  verdict: 'pass',
  claim: 'the link is up',
  expected: 'up',
  seen: 'up, online',
};

export const report: VerifyReport = {
  topology: 'demo',
  verdict: 'fail',
  checks: [
    {
      ...link,
      id: 'one-master',
      node: null,
      claim: 'exactly one node is a master',
      seen: 'redis-1',
    },
    link,
    { ...link, node: 'redis-10', verdict: 'unknown', seen: 'no reply' },
    {
      id: 'data',
      node: 'redis-2',
      verdict: 'fail',
      claim: `the data are "equal" & the <same>`,
      expected: 'the same digest',
      seen: 'a<b> & "c" 😀',
    },
  ],
};
