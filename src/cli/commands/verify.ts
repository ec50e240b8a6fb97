import type { Context } from '../../context.js';
import { EXIT_CODES } from '../../errors.js';
import { plural } from '../../format.js';
import { verify } from '../../operations/verify.js';
import { junit } from '../../report/junit.js';
import { verifyText } from '../../ui/verify-text.js';
import type { CheckResult, VerifyReport } from '../../verify/check.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { noteText } from '../hints/index.js';
import { refuseUnwritable, writeReport } from '../report-file.js';
import { printJson, topologyName } from '../session.js';

export type VerifyOptions = TargetOptions & OptionsOf<'json' | 'timeout' | 'report'>;

export async function verifyCommand(context: Context, options: VerifyOptions): Promise<number> {
  await refuseUnwritable(context, Object.values(options.report ?? {}));
  const topology = await topologyName(context, options);
  const { signal } = context;
  const within = { signal, timeoutMs: options.timeout };
  const seen = await verify(context.engine(options.host), { topology }, within);
  const report = { ...seen, checks: seen.checks.map(withHint) };
  if (options.report?.junit) await writeReport(context, options.report.junit, [junit(report)]);
  if (options.json) printJson(context, report);
  else context.stdout.write(`${verifyText(report, context)}${summary(report)}\n`);
  return report.verdict === 'pass' ? EXIT_CODES.done : EXIT_CODES.failed;
}

/** The words with what to type next. */
const withHint = ({ about, seen, ...check }: CheckResult): CheckResult => ({
  ...check,
  seen: noteText({ text: seen, ...(about && { about }) }),
});

function summary({ topology, verdict, checks }: VerifyReport): string {
  const of = (wanted: string) => checks.filter((check) => check.verdict === wanted).length;
  const counts = `${of('pass')} of ${plural(checks.length, 'check')} passed, ${of('fail')} failed, ${of('unknown')} undecided`;
  return `${topology}: ${verdict} (${counts})`;
}
