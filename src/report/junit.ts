/** A verify report as JUnit XML, for the test views of CI systems. Pure. */

import type { KillMasterReport } from '../drills/account.js';
import type { DrillReport } from '../drills/drill-report.js';
import { lossText, type RunReport } from '../program/report.js';
import type { CheckResult, Verdict, VerifyReport } from '../verify/check.js';

/** A drill is one test case: its reasons are what a failure says. */
export function drillJunit({ drill, topology, verdict, reasons }: KillMasterReport): string {
  const [seen = ''] = reasons;
  const expected = 'no write lost that the configuration promised to keep';
  const claim = reasons.join('\n');
  return suite(`rrepl ${drill} ${topology}`, topology, [
    { id: drill, node: null, verdict, claim, expected, seen },
  ]);
}

/** The program, each fault and each limit are a test case. */
export function runJunit(report: RunReport): string {
  const { topology, exitCode, faults, lost, lostUnknown, maxLoss, noAnswer, maxDowntimeMs } =
    report;
  const program = { id: 'program', claim: 'the program succeeds', expected: 'exit code 0' };
  const cases: Omit<CheckResult, 'node'>[] = [
    { ...program, verdict: exitCode === 0 ? 'pass' : 'fail', seen: `exit code ${exitCode}` },
    ...faults.map(({ fault, outcome, why }) => ({
      ...{ id: fault, claim: 'it is played, and undone', expected: 'done' },
      verdict: ({ done: 'pass', failed: 'fail', 'not played': 'unknown' } as const)[outcome],
      seen: why ?? outcome,
    })),
  ];
  const limit = (most: number | null, value: number | null | undefined): Verdict =>
    value == null ? 'unknown' : value > (most ?? 0) ? 'fail' : 'pass';
  if (maxLoss !== null) {
    const about = { id: 'max-loss', claim: 'few writes are lost', expected: `at most ${maxLoss}` };
    const seen = lossText({ lost, lostUnknown });
    cases.push({ ...about, verdict: limit(maxLoss, lost?.count), seen });
  }
  if (maxDowntimeMs !== null) {
    const expected = `at most ${maxDowntimeMs} ms`;
    const about = { id: 'max-downtime', claim: 'the program gets its answers', expected };
    const seen = noAnswer === null ? 'unknown' : `${noAnswer.longestMs} ms`;
    cases.push({ ...about, verdict: limit(maxDowntimeMs, noAnswer?.longestMs), seen });
  }
  return suite(
    `rrepl run ${topology}`,
    topology,
    cases.map((it) => ({ ...it, node: null })),
  );
}

/** Every act of every drill is a group of test cases, one a check. */
export function drillsJunit(reports: readonly DrillReport[]): string {
  const suites = reports.map(({ drill, acts }) => {
    const checks = acts.flatMap((act) =>
      act.checks.map((check) => ({ ...check, id: `${act.title}: ${check.id}` })),
    );
    return suiteElement(`rrepl drill ${drill}`, drill, checks);
  });
  return document(suites);
}

export function junit({ topology, checks }: VerifyReport): string {
  return suite(`rrepl verify ${topology}`, topology, checks);
}

const suite = (...about: Parameters<typeof suiteElement>): string =>
  document([suiteElement(...about)]);

function suiteElement(name: string, topology: string, checks: readonly CheckResult[]): string {
  const count = (verdict: string) => checks.filter((check) => check.verdict === verdict).length;
  const cases = checks.map((check) => testCase(topology, check)).join('');
  const attributes = `name="${escaped(name)}" tests="${checks.length}" failures="${count('fail')}" errors="${count('unknown')}"`;
  return `<testsuite ${attributes}>\n${cases}</testsuite>\n`;
}

const document = (suites: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;

/** An undecided check is an error in JUnit's sense: the test did not come to a result. */
function testCase(topology: string, check: CheckResult): string {
  const name = [check.id, ...(check.node === null ? [] : [check.node])].join(' ');
  const head = `<testcase classname="rrepl.${escaped(topology)}" name="${escaped(name)}"`;
  if (check.verdict === 'pass') return `  ${head}/>\n`;
  const tag = check.verdict === 'fail' ? 'failure' : 'error';
  const text = `${check.claim}\nexpected: ${check.expected}\nseen: ${check.seen}`;
  return `  ${head}><${tag} message="${escaped(check.seen)}">${escaped(text)}</${tag}></testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** XML 1.0 has no way to write most control characters, so they are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
