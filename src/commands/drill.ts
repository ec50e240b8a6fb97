import { randomBytes } from 'node:crypto';
import type { Context } from '../context.js';
import type { Drill } from '../drills/drill.js';
import type { DrillReport } from '../drills/drill-report.js';
import { DRILLS } from '../drills/library/index.js';
import { runDrill } from '../drills/run-drill.js';
import { EXIT_CODES, UsageError, wrongWords } from '../errors.js';
import { drillsJunit } from '../report/junit.js';
import { readPassword } from '../topology/password.js';
import { DEFAULTS, readUser } from '../topology/resolve.js';
import { topologySchema } from '../topology/schema.js';
import { readSetting } from '../topology/settings.js';
import { timelineLine } from '../ui/drill-text.js';
import { actLine, drillList, drillText, summaryLine } from '../ui/drills-text.js';
import { overall, type Verdict } from '../verify/check.js';
import { openTheatre } from './drill-theatre.js';
import { leftBehind } from './left-behind.js';
import { tellOfOtherDrills } from './other-drills.js';
import { refuseUnwritable, writeReport } from './report-file.js';
import { printJson } from './session.js';

export function drillListCommand(context: Context, { json }: { json?: boolean }): number {
  const drills = DRILLS.map(({ name, claim, acts }) => ({
    name,
    claim,
    acts: acts.map(({ title, setting, steps }) => ({
      title,
      nodes: setting.replicas + 1,
      config: setting.config ?? {},
      steps: steps.map(({ kind, says }) => ({ kind, says })),
    })),
  }));
  if (json) printJson(context, { drills });
  else context.stdout.write(drillList(drills));
  return EXIT_CODES.done;
}

export interface DrillRunOptions {
  readonly image?: string;
  readonly password?: string;
  readonly user?: string;
  readonly tls?: true;
  readonly host?: string;
  readonly json?: boolean;
  readonly report?: Readonly<Record<string, string>>;
}

/**
 * Plays the drills one after the other; one that fails does not keep the others from being
 * played. An interruption, or an engine that fails, does: what was shown until then is reported.
 */
export async function drillRunCommand(
  context: Context,
  names: readonly string[],
  options: DrillRunOptions,
): Promise<number> {
  const drills = chosen(names);
  const { image, security } = await serversOf(options, context);
  await refuseUnwritable(context, Object.values(options.report ?? {}));
  await tellOfOtherDrills(context, options.host);
  const theatre = await openTheatre(context, { image, security, host: options.host });
  const reports: DrillReport[] = [];
  let partly: DrillReport | null = null;
  const show = (report: DrillReport) => {
    reports.push(report);
    if (!options.json) context.stdout.write(drillText(report, context));
  };
  try {
    for (const drill of drills) {
      const report = await runDrill(drill, {
        theatre,
        image,
        run: randomBytes(4).toString('hex'),
        signal: context.signal,
        onAct: (act) => context.stderr.write(actLine(drill, act)),
        onEvent: (event) => context.stderr.write(`${timelineLine(event)}\n`),
        onPlayed: (played) => {
          partly = played;
        },
        onLeft: (name, trouble) => context.stderr.write(leftBehind(name, trouble)),
      });
      partly = null;
      show(report);
    }
  } catch (error) {
    if (partly !== null) show(partly);
    throw error;
  } finally {
    if (reports.length > 0) await tell(context, reports, drills.length, options);
  }
  return verdictOf(reports, drills.length) === 'pass' ? EXIT_CODES.done : EXIT_CODES.failed;
}

/** @param chosen how many drills were to be played: not all of them have, if one broke off. */
async function tell(
  context: Context,
  reports: readonly DrillReport[],
  chosen: number,
  options: DrillRunOptions,
): Promise<void> {
  const document = { verdict: verdictOf(reports, chosen), drills: reports };
  const { json, junit } = options.report ?? {};
  if (json) await writeReport(context, json, [`${JSON.stringify(document, null, 2)}\n`]);
  if (junit) await writeReport(context, junit, [drillsJunit(reports)]);
  if (options.json) printJson(context, document);
  else if (chosen > 1) context.stdout.write(summaryLine(reports, chosen));
}

function verdictOf(reports: readonly DrillReport[], chosen: number): Verdict {
  const verdict = overall(reports);
  return verdict === 'pass' && reports.length < chosen ? 'unknown' : verdict;
}

/** Throws `UsageError` for a name that is none. */
function chosen(names: readonly string[]): readonly Drill[] {
  if (names.includes('all')) return DRILLS;
  return names.map((name) => {
    const drill = DRILLS.find((it) => it.name === name);
    if (drill !== undefined) return drill;
    throw new UsageError(`there is no drill ${name}`, {
      hint: `\`rrepl drill list\` shows them: ${DRILLS.map((it) => it.name).join(', ')}`,
    });
  });
}

/** @throws InvalidTopologyError with all that is wrong. */
async function serversOf({ image, password, user, tls }: DrillRunOptions, context: Context) {
  const place = { source: '--password', said: password, folder: context.cwd };
  const secret = await readPassword({ ...context, ...place });
  const problems = [...secret.problems];
  const spoken = { flags: { image }, env: context.env };
  const found = readSetting(spoken, 'image', topologySchema.shape.image, problems);
  const security = { password: secret.password, user: readUser(user, problems), tls };
  if (problems.length > 0) throw wrongWords(problems);
  return { image: found ?? DEFAULTS.image, security };
}
