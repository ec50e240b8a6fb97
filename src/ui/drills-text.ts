/** The drills' reports as people read them: the verdict, then prediction against what came, then the rest. */
import type { Drill } from '../drills/drill.js';
import type { ActReport, DrillReport, Row } from '../drills/drill-report.js';
import { count, plural } from '../format.js';
import type { CheckResult, Verdict } from '../verify/check.js';
import { type Colours, coloursFor } from './colours.js';
import { markdownTable, table } from './table.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stdout: Sink;
  readonly env: NodeJS.ProcessEnv;
}

export interface ActBegins {
  readonly drill: string;
  readonly title: string;
  readonly nodes: number;
  readonly sentinels: number;
}

export function drillList(drills: readonly Pick<Drill, 'name' | 'claim'>[]): string {
  return table(
    ['DRILL', 'CLAIM'],
    drills.map(({ name, claim }) => [name, claim]),
  );
}

/** Where an act begins, on stderr. */
export function actLine({ drill, title, nodes, sentinels }: ActBegins): string {
  const watched = sentinels === 0 ? '' : `, ${plural(sentinels, 'sentinel')}`;
  return `${drill}: ${title} (a master and ${plural(nodes - 1, 'replica')}${watched})\n`;
}

export function drillText(report: DrillReport, { stdout, env }: Output): string {
  const colours = coloursFor(stdout, env);
  const acts = [
    `${word(report.verdict, colours)}  ${report.drill} (${servers(report)})\n`,
    `      ${report.claim}\n`,
    ...report.acts.map((act) => actText(act, colours)),
  ].join('');
  return [wrapped(acts, stdout), ...tablesOf(report.acts), '\n'].join('');
}

function servers({ server, security: { password, user, tls } }: DrillReport): string {
  const login = user === null ? 'password' : `user ${user}`;
  return [server, ...(password ? [login] : []), ...(tls ? ['TLS'] : [])].join(', ');
}

function actText({ title, foreseen, checks }: ActReport, colours: Colours): string {
  return [
    `  ${title}\n`,
    ...foreseen.flatMap(({ node, predicted, seen }) => [
      `    ${node}  predicted  ${predicted}\n`,
      `    ${' '.repeat(node.length)}  seen       ${seen ?? 'nothing: the act ended before'}\n`,
    ]),
    ...checks.filter(worthALine).map((check) => checkText(check, colours)),
  ].join('');
}

/** What the lines of prediction and sight have said already needs no line of its own while it holds. */
const SAID: ReadonlySet<string> = new Set(['rule', 'oracle', 'counters']);

const worthALine = ({ id, verdict }: CheckResult): boolean => verdict !== 'pass' || !SAID.has(id);

const MARKS: Readonly<Record<Verdict, string>> = { pass: '✔', fail: '✘', unknown: '?' };

function checkText({ node, verdict, claim, expected, seen }: CheckResult, colours: Colours) {
  const paint = { pass: colours.green, fail: colours.red, unknown: colours.yellow }[verdict];
  const who = node === null ? '' : `${node}: `;
  const wanted = verdict === 'pass' ? '' : `; expected ${expected}`;
  return `    ${paint(MARKS[verdict])} ${who}${claim}: ${seen}${wanted}\n`;
}

/** What acts measured in the same columns stands in one table, so that they can be compared. */
function tablesOf(acts: DrillReport['acts']): string[] {
  const tables = new Map<string, { columns: readonly string[]; rows: Row[] }>();
  for (const { rows } of acts) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const key = JSON.stringify(columns);
    const found = tables.get(key) ?? { columns, rows: [] };
    tables.set(key, { columns, rows: [...found.rows, ...rows] });
  }
  return [...tables.values()]
    .filter(({ rows }) => rows.length > 0)
    .map(({ columns, rows }) => {
      const cells = rows.map((row) => columns.map((column) => row[column] ?? '-'));
      return `\n${markdownTable(columns, cells)}`;
    });
}

function word(verdict: Verdict, colours: Colours): string {
  if (verdict === 'fail') return colours.red('FAIL');
  return verdict === 'unknown' ? colours.yellow('UNKNOWN') : colours.green('PASS');
}

/** @param chosen how many were to be played. */
export function summaryLine(reports: readonly DrillReport[], chosen: number): string {
  const of = (verdict: Verdict) => reports.filter((it) => it.verdict === verdict);
  const names = [...of('fail'), ...of('unknown')].map(({ drill }) => drill);
  const rest = names.length === 0 ? '' : `; not so: ${names.join(', ')}`;
  const missing = chosen - reports.length;
  const end = missing === 0 ? '' : `; not played to the end: ${count(missing)}`;
  return `${count(of('pass').length)} of ${plural(chosen, 'drill')} showed what they claim${rest}${end}\n`;
}
