/** `run`: the user's own program, and faults while it runs. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Context } from '../../context.js';
import { EXIT_CODES, UsageError } from '../../errors.js';
import { shellWord } from '../../format.js';
import type { OperationEvent } from '../../operations/operation.js';
import { runCommand } from '../../operations/run-command.js';
import { isThere } from '../../operations/there.js';
import type { RunReport } from '../../program/report.js';
import { runJunit } from '../../report/junit.js';
import { camel, WISHES } from '../../topology/flags.js';
import { loadWish, type Wish } from '../../topology/load.js';
import { DEFAULT_NAME } from '../../topology/topology.js';
import { startProgress } from '../../ui/progress.js';
import { isTold, runLine, runText } from '../../ui/run-text.js';
import { showOn, tellOn } from '../events.js';
import { flagOf } from '../flag-of.js';
import type { OptionsOf } from '../flags.js';
import { hinted } from '../hints/own.js';
import { refuseUnwritable, writeReport } from '../report-file.js';
import { printJson, salvageTo, topologyName } from '../session.js';
import type { UpOptions } from './up.js';

export interface RunOptions
  extends UpOptions,
    OptionsOf<
      | ('fault' | 'when' | 'chaos' | 'seed' | 'recover' | 'max-loss' | 'max-downtime')
      | ('salvage' | 'report')
    > {}

/** Should rrepl be killed, `rrepl prune` removes what is left of a topology that it made. */
const EXPIRY = '1h';
const MOST_SEED = 1_000_000;

/** Returns the program's exit code; 1 if that is 0 and the verdict is not `pass`. */
export async function runTheCommand(
  context: Context,
  options: RunOptions,
  command: readonly string[],
): Promise<number> {
  if (command.length === 0) {
    throw hinted(
      new UsageError('no program to run is given'),
      'it stands behind `--`: rrepl run -- npm test',
    );
  }
  refuseWithoutFaults(options);
  await refuseUnwritable(context, Object.values(options.report ?? {}));
  const { fault, when, chaos, recover, maxLoss, maxDowntime, json, host } = options;
  const seed = options.seed ?? (chaos === undefined ? undefined : randomInt(1, MOST_SEED));
  const topology = await topologyFor(context, options);
  const { stdin, stdout, stderr } = context;
  const input = {
    ...{ topology, command, cwd: context.cwd, faults: fault, when, chaosMs: chaos, seed, recover },
    ...{ maxLoss, maxDowntimeMs: maxDowntime },
    // `rrepl` that the program calls finds the same engine.
    env: host === undefined ? context.env : { ...context.env, DOCKER_HOST: host },
    io: { stdin, stdout: json ? stderr : stdout, stderr },
    atOnce: context.atOnce.signal,
    sharesTerminal: [stdin, stdout, stderr].some((it) => it.isTTY),
    again: againLine(options, seed, command),
  };
  context.atOnce.left =
    typeof topology === 'string'
      ? `\`rrepl heal --name ${topology}\` undoes the faults`
      : `\`rrepl down --volumes --name ${topology.name}\` removes the topology`;
  const shown = await showEvents(context, typeof topology === 'string' ? null : topology.name);
  try {
    const run = {
      ...{ signal: context.signal, timeoutMs: options.timeout, onEvent: shown.onEvent },
      salvageTo: salvageTo(context, options),
    };
    const report = await runCommand(context.engine(host), input, run);
    shown.end();
    return finish(context, report, options);
  } finally {
    shown.end();
  }
}

function refuseWithoutFaults({ seed, chaos, fault, when, recover }: RunOptions): void {
  if (seed !== undefined && chaos === undefined)
    throw new UsageError('--seed is of --chaos, and there is none');
  const flag = when !== undefined ? '--when' : recover !== undefined ? '--recover' : null;
  if (flag !== null && chaos === undefined && fault === undefined)
    throw new UsageError(`${flag} is of --fault and --chaos, and there is none`);
}

/** One that is there is taken as it is; else one is made, under a name of its own if none is said. */
async function topologyFor(context: Context, options: RunOptions): Promise<string | Wish> {
  const said = await topologyName(context, options);
  const isSaid =
    said !== DEFAULT_NAME || options.name !== undefined || Boolean(context.env.RREPL_NAME);
  const name = isSaid ? said : `run-${randomBytes(4).toString('hex')}`;
  if (!isSaid || !(await isThere(context.engine(options.host), name, context)))
    return loadWish({ ttl: EXPIRY, ...options, name }, context);
  const [wish] = WISHES.filter((flag) => options[camel(flag)] !== undefined);
  if (wish === undefined) return name;
  throw hinted(
    new UsageError(`--${wish} says how to make a topology, and ${name} is there already`),
    `leave --${wish} out, or --name for a topology of its own`,
  );
}

/** First how it comes up, then what happens to the program. */
async function showEvents(context: Context, fresh: string | null) {
  const progress =
    fresh === null ? null : await startProgress({ ...context, title: `bringing up ${fresh}` });
  let show = progress === null ? tellOn(context) : showOn(progress);
  const onEvent = (event: OperationEvent): void => {
    if (event.type !== 'timeline') {
      show(event);
      return;
    }
    progress?.end();
    show = tellOn(context);
    context.stderr.write(runLine(event));
  };
  return { onEvent, end: () => progress?.end() };
}

/** What plays the same faults again, as it is typed. */
function againLine(
  options: RunOptions,
  seed: number | undefined,
  command: readonly string[],
): string {
  const flags = Object.entries({ ...options, ...(seed !== undefined && { seed }) }).flatMap(
    ([name, value]) => flagWords(name, value),
  );
  return ['rrepl', 'run', ...flags, '--', ...command.map(shellWord)].join(' ');
}

const NOT_AGAIN = new Set(['report', 'json', 'debug', 'timeout', 'retain', 'showSecrets']);
const TIMES = new Set(['chaos', 'maxDowntime']);

function flagWords(name: string, value: unknown): string[] {
  if (NOT_AGAIN.has(name) || value === undefined || value === null) return [];
  const flag = flagOf(name);
  if (value === true) return [flag];
  if (Array.isArray(value)) return value.flatMap((it) => [flag, shellWord(String(it))]);
  return [flag, shellWord(TIMES.has(name) ? `${value}ms` : String(value))];
}

async function finish(
  context: Context,
  report: RunReport,
  { json, report: files = {} }: RunOptions,
): Promise<number> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (files.json) await writeReport(context, files.json, [text]);
  if (files.junit) await writeReport(context, files.junit, [runJunit(report)]);
  if (json) printJson(context, report);
  else if (isTold(report)) context.stderr.write(runText(report, context));
  if (report.exitCode !== 0) return report.exitCode;
  return report.verdict === 'pass' ? EXIT_CODES.done : EXIT_CODES.failed;
}
