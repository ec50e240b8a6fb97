import { randomBytes } from 'node:crypto';
import type { Context } from '../context.js';
import type { Drill, DrillReport } from '../drills/drill.js';
import { DRILLS } from '../drills/library/index.js';
import { runDrill } from '../drills/run-drill.js';
import { EXIT_CODES, InvalidTopologyError, type Problem, UsageError } from '../errors.js';
import { drillsJunit } from '../report/junit.js';
import { DEFAULTS } from '../topology/resolve.js';
import { topologySchema } from '../topology/schema.js';
import { readSetting } from '../topology/settings.js';
import { timelineLine } from '../ui/drill-text.js';
import { actLine, drillList, drillText, summaryLine } from '../ui/drills-text.js';
import { overall } from '../verify/check.js';
import { openTheatre } from './drill-theatre.js';
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
  readonly host?: string;
  readonly json?: boolean;
  readonly report?: Readonly<Record<string, string>>;
}

/** Plays the drills one after the other; one that fails does not keep the others from being played. */
export async function drillRunCommand(
  context: Context,
  names: readonly string[],
  options: DrillRunOptions,
): Promise<number> {
  const drills = chosen(names);
  const image = imageOf(options, context);
  await refuseUnwritable(context, Object.values(options.report ?? {}));
  const theatre = await openTheatre(context, { image, host: options.host });
  const reports: DrillReport[] = [];
  for (const drill of drills) {
    const report = await runDrill(drill, {
      theatre,
      image,
      run: randomBytes(4).toString('hex'),
      signal: context.signal,
      onAct: (act) => context.stderr.write(actLine(drill, act)),
      onEvent: (event) => context.stderr.write(`${timelineLine(event)}\n`),
    });
    reports.push(report);
    if (!options.json) context.stdout.write(drillText(report, context));
  }
  const document = { verdict: overall(reports.flatMap(checksOf)), drills: reports };
  const { json, junit } = options.report ?? {};
  if (json) await writeReport(context, json, [`${JSON.stringify(document, null, 2)}\n`]);
  if (junit) await writeReport(context, junit, [drillsJunit(reports)]);
  if (options.json) printJson(context, document);
  else if (reports.length > 1) context.stdout.write(summaryLine(reports));
  return document.verdict === 'pass' ? EXIT_CODES.done : EXIT_CODES.failed;
}

const checksOf = ({ acts }: DrillReport) => acts.flatMap(({ checks }) => checks);

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

function imageOf({ image }: DrillRunOptions, { env }: Context): string {
  const problems: Problem[] = [];
  const spoken = { flags: { image }, env };
  const found = readSetting(spoken, 'image', topologySchema.shape.image, problems);
  if (problems.length > 0) throw new InvalidTopologyError(problems);
  return found ?? DEFAULTS.image;
}
