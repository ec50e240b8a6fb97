import type { Context } from '../../context.js';
import { nodesOf } from '../../drills/define-drill.js';
import type { DrillReport } from '../../drills/drill-report.js';
import { DRILLS } from '../../drills/library/index.js';
import { configText } from '../../drills/run-drill.js';
import { EXIT_CODES, inInput, wrongWords } from '../../errors.js';
import { drill, verdictOf } from '../../operations/drill.js';
import type { OperationEvent } from '../../operations/operation.js';
import { drillsJunit } from '../../report/junit.js';
import { readPassword } from '../../topology/password.js';
import { readUser } from '../../topology/resolve.js';
import { topologySchema } from '../../topology/schema.js';
import { readSetting } from '../../topology/settings.js';
import { timelineLine } from '../../ui/drill-text.js';
import { actLine, drillList, drillText, summaryLine } from '../../ui/drills-text.js';
import { chooseDrills } from '../choose-drills.js';
import { tellOn } from '../events.js';
import type { EngineOptions, OptionsOf } from '../flags.js';
import { refuseUnwritable, writeReport } from '../report-file.js';
import { printJson } from '../session.js';

export function drillListCommand(context: Context, { json }: OptionsOf<'json'>): number {
  const drills = DRILLS.map(({ name, claim, acts }) => ({
    name,
    claim,
    acts: acts.map(({ title, topology, steps }) => {
      const nodes = nodesOf(topology);
      return {
        title,
        nodes: nodes.replicas.length + 1,
        config: configText(topology),
        steps: steps(nodes).map(({ kind, says }) => ({ kind, says })),
      };
    }),
  }));
  if (json) printJson(context, { drills });
  else context.stdout.write(drillList(drills));
  return EXIT_CODES.done;
}

export interface DrillRunOptions
  extends EngineOptions,
    OptionsOf<'image' | 'password' | 'user' | 'tls' | 'json' | 'report'> {}

export async function drillRunCommand(
  context: Context,
  names: readonly string[],
  options: DrillRunOptions,
): Promise<number> {
  const drills = await chooseDrills(names, context.cwd);
  const servers = await serversOf(options, context);
  await refuseUnwritable(context, Object.values(options.report ?? {}));
  const reports: DrillReport[] = [];
  const tellNote = tellOn(context);
  const onEvent = (event: OperationEvent) => {
    if (event.type === 'act') {
      context.stderr.write(actLine(event));
    } else if (event.type === 'timeline') context.stderr.write(`${timelineLine(event)}\n`);
    else if (event.type === 'drill') {
      reports.push(event.report);
      if (!options.json) context.stdout.write(drillText(event.report, context));
    } else tellNote(event);
  };
  try {
    const { signal } = context;
    await drill(context.engine(options.host), { drills, ...servers }, { signal, onEvent });
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

/** @throws InvalidTopologyError with all that is wrong. */
async function serversOf({ image, password, user, tls }: DrillRunOptions, context: Context) {
  const said = { place: inInput('password'), said: password, folder: context.cwd };
  const secret = await readPassword({ ...context, ...said });
  const problems = [...secret.problems];
  const spoken = { flags: { image }, env: context.env };
  const found = readSetting(spoken, 'image', topologySchema.shape.image, problems);
  const security = { password: secret.password, user: readUser(user, problems), tls };
  if (problems.length > 0) throw wrongWords(problems);
  return { image: found, security };
}
