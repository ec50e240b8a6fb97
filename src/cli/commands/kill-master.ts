import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.js';
import type { Drilled } from '../../drills/kill-master.js';
import { EXIT_CODES, UsageError } from '../../errors.js';
import { killMaster } from '../../operations/kill-master.js';
import type { OperationEvent } from '../../operations/operation.js';
import { historyLines } from '../../report/history.js';
import { drillJunit } from '../../report/junit.js';
import { camel, WISHES } from '../../topology/flags.js';
import { loadWish, type Wish } from '../../topology/load.js';
import { killMasterText, timelineLine, writesLine } from '../../ui/drill-text.js';
import { liveLine } from '../../ui/live-line.js';
import { startProgress } from '../../ui/progress.js';
import { showOn, tellOn, withAddress } from '../events.js';
import type { OptionsOf } from '../flags.js';
import { hinted } from '../hints/own.js';
import { refuseUnwritable, writeReport } from '../report-file.js';
import { printJson, salvageTo, topologyName } from '../session.js';
import type { UpOptions } from './up.js';

export interface KillMasterCommandOptions
  extends UpOptions,
    OptionsOf<
      | 'fresh'
      | 'recover'
      | 'writers'
      | 'rate'
      | 'before'
      | 'after'
      | 'wait'
      | 'seed'
      | 'max-loss'
      | 'yes'
      | 'report'
    > {}

/** Should rrepl be killed, `rrepl prune` removes what is left of a topology that it made. */
const FRESH_TTL = '1h';

export async function killMasterCommand(
  context: Context,
  options: KillMasterCommandOptions,
): Promise<number> {
  await refuseUnwritable(context, Object.values(options.report ?? {}));
  const topology = options.fresh
    ? await freshWish(context, options)
    : await nameOfThere(context, options);
  const name = typeof topology === 'string' ? topology : topology.name;
  const { recover, writers, rate, before, after, wait, seed, maxLoss, yes } = options;
  const input = {
    ...{ topology, recover, writers, wait, seed, maxLoss, mayLoseData: yes },
    ...{ ratePerSecond: rate, beforeMs: before, afterMs: after },
  };
  const shown = await showEvents(context, options.fresh ? name : null);
  try {
    return await withAddress(context, shown.onEvent, async (onEvent) => {
      const run = {
        ...{ signal: context.signal, timeoutMs: options.timeout, onEvent },
        salvageTo: salvageTo(context, options),
      };
      const drilled = await killMaster(context.engine(options.host), input, run);
      shown.end();
      return finish(context, drilled, { ...options, name });
    });
  } finally {
    shown.end();
  }
}

async function freshWish(context: Context, options: KillMasterCommandOptions): Promise<Wish> {
  const name = options.name ?? `drill-${randomBytes(4).toString('hex')}`;
  return loadWish({ ttl: FRESH_TTL, ...options, name }, context);
}

/** A topology that is there is drilled as it is. */
async function nameOfThere(context: Context, options: KillMasterCommandOptions): Promise<string> {
  const [wish] = WISHES.filter((flag) => options[camel(flag)] !== undefined);
  if (wish === undefined) return topologyName(context, options);
  throw hinted(
    new UsageError(`--${wish} says how to make a topology, and this drill makes none`),
    `leave --${wish} out, or add --fresh for a topology of its own`,
  );
}

/** First how a fresh topology comes up, then the timeline with the writes so far under it. */
async function showEvents(context: Context, fresh: string | null) {
  const progress =
    fresh === null ? null : await startProgress({ ...context, title: `bringing up ${fresh}` });
  const line = liveLine(context);
  const { isTTY, columns } = context.stderr;
  const tell = tellOn({ stderr: { isTTY, columns, write: (text) => line.write(text.trimEnd()) } });
  let show = progress === null ? tell : showOn(progress);
  const onEvent = (event: OperationEvent): void => {
    if (event.type === 'writes') line.update(writesLine(event.writes));
    else if (event.type === 'timeline') {
      progress?.end();
      show = tell;
      line.write(timelineLine(event));
    } else show(event);
  };
  const end = () => {
    progress?.end();
    line.end();
  };
  return { onEvent, end };
}

async function finish(
  context: Context,
  { report, ledger }: Drilled,
  { json, report: files = {}, name, fresh }: KillMasterCommandOptions,
): Promise<number> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (files.json) await writeReport(context, files.json, [text]);
  if (files.junit) await writeReport(context, files.junit, [drillJunit(report)]);
  if (files.history) await writeReport(context, files.history, historyLines(ledger, report.seed));
  if (json) printJson(context, report);
  else {
    const isShownLive = Boolean(context.stdout.isTTY && context.stderr.isTTY);
    context.stdout.write(killMasterText(report, context, isShownLive));
  }
  if (report.recover === 'none' && !fresh) {
    context.stderr.write(
      `${report.killed} is down; \`rrepl promote replica --name ${name}\` fails over, \`rrepl up --name ${name}\` brings it back\n`,
    );
  }
  return report.verdict === 'pass' ? EXIT_CODES.done : EXIT_CODES.failed;
}
