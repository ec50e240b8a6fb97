import { randomBytes } from 'node:crypto';
import { withCleanUp } from '../clean-up.js';
import type { Context } from '../context.js';
import { partsOf } from '../docker/expiry.js';
import { observeTopology } from '../docker/observe.js';
import { type Drilled, killMaster } from '../drills/kill-master.js';
import { findReady, riskOfRestart } from '../drills/ready.js';
import type { Recovery } from '../drills/recoveries.js';
import { EXIT_CODES, UsageError } from '../errors.js';
import { healTopology } from '../execute/heal.js';
import { takeDown } from '../execute/take-down.js';
import type { LiveTopology } from '../live/live-topology.js';
import { connectTo } from '../live/reach.js';
import { Deadline } from '../redis/wait.js';
import { historyLines } from '../report/history.js';
import { drillJunit } from '../report/junit.js';
import { loadWish } from '../topology/load.js';
import { killMasterText, timelineLine } from '../ui/drill-text.js';
import { leftBehind } from './left-behind.js';
import { tellOfOtherDrills } from './other-drills.js';
import { refuseUnwritable, writeReport } from './report-file.js';
import { alone, printJson, topologyName, withTopology } from './session.js';
import { bringTopologyUp, type UpOptions } from './up.js';

export interface KillMasterCommandOptions extends UpOptions {
  /** Bring a topology up for the drill, and take it down after. */
  readonly fresh?: boolean;
  readonly recover?: Recovery;
  readonly writers?: number;
  /** Writes a second of all writers together; null for as many as they can. */
  readonly rate?: number | null;
  readonly before?: number;
  readonly after?: number;
  readonly wait?: number;
  readonly seed?: number;
  readonly maxLoss?: number;
  readonly report?: Readonly<Record<string, string>>;
  readonly yes?: boolean;
}

/** Flags that only --fresh can use. */
const WISHES = [
  ...(['replicas', 'image', 'port', 'set', 'conf', 'template', 'dir'] as const),
  ...(['restart', 'memory', 'cpus', 'bind', 'insecure', 'ttl'] as const),
  ...(['password', 'user', 'tls'] as const),
];

const CONVERGENCE_MS = 60_000;
/** Should rrepl be killed, `rrepl prune` removes what is left of a topology that it made. */
const FRESH_TTL = '1h';
/** For healing and taking down, whatever became of the run's own time. */
const CLEAN_UP_MS = 120_000;

export async function killMasterCommand(
  context: Context,
  options: KillMasterCommandOptions,
): Promise<number> {
  await refuseUnwritable(context, Object.values(options.report ?? {}));
  const run = randomBytes(4).toString('hex');
  if (!options.fresh) {
    refuseWishes(options);
    const name = await topologyName(context, options);
    return finish(context, await drill(context, name, run, options), { ...options, name });
  }
  const name = options.name ?? `drill-${run}`;
  const wish = await loadWish({ ttl: FRESH_TTL, ...options, name }, context);
  await refuseIfThere(context, name, options);
  await tellOfOtherDrills(context, options.host);
  const upAndDrill = async () => {
    await bringTopologyUp(context, wish, options);
    return finish(context, await drill(context, name, run, options), { ...options, name });
  };
  return withCleanUp(
    upAndDrill,
    () => removeFresh(context, name, options),
    (trouble) => context.stderr.write(leftBehind(name, trouble)),
  );
}

/** A topology that is there is drilled as it is. */
function refuseWishes(options: KillMasterCommandOptions): void {
  const [wish] = WISHES.filter((name) => options[name] !== undefined);
  if (wish === undefined) return;
  throw new UsageError(`--${wish} says how to make a topology, and this drill makes none`, {
    hint: `leave --${wish} out, or add --fresh for a topology of its own`,
  });
}

/** What is there is somebody's: a fresh topology has a name of its own, because it is removed after. */
async function refuseIfThere(context: Context, name: string, options: KillMasterCommandOptions) {
  const runtime = await context.connectRuntime(options.host, context.signal);
  if (partsOf(await observeTopology(runtime, name)).length === 0) return;
  throw new UsageError(`--fresh makes a topology of its own, and ${name} is there already`, {
    hint: 'leave out --name to have one chosen, or leave out --fresh to drill the one that is there',
  });
}

async function removeFresh(context: Context, name: string, options: KillMasterCommandOptions) {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const runtime = await context.connectRuntime(options.host, signal);
  const lock = { name, host: options.host, signal };
  await alone({ ...context, signal }, lock, async () =>
    takeDown(runtime, await observeTopology(runtime, name), {
      volumes: true,
      signal,
      emit: () => {},
    }),
  );
}

async function drill(
  context: Context,
  name: string,
  run: string,
  options: KillMasterCommandOptions,
): Promise<Drilled> {
  const { before = 2000, after = 3000, recover = 'promote' } = options;
  let began = false;
  const onTopology = async (live: LiveTopology): Promise<Drilled> => {
    if (recover === 'restart')
      await warnOfRestart(context, live, options.yes ?? options.fresh ?? false);
    const settings = {
      recover,
      writers: options.writers ?? 4,
      ratePerSecond: options.rate ?? null,
      beforeMs: before,
      afterMs: after,
      wait: options.wait ?? 0,
      seed: options.seed ?? 1,
      maxLoss: options.maxLoss ?? null,
      removedAfter: options.fresh ?? false,
      run,
      onEvent: (event: Parameters<typeof timelineLine>[0]) => {
        began = true;
        context.stderr.write(`${timelineLine(event)}\n`);
      },
    };
    const deadline = new Deadline(before + after + CONVERGENCE_MS);
    return killMaster(live, settings, { deadline, signal: context.signal });
  };
  // What the engine was asked to do is done to its end, also after Ctrl-C: healing must not race it.
  const engineSignal = AbortSignal.timeout(before + after + CONVERGENCE_MS + CLEAN_UP_MS);
  return alone(context, { name, host: options.host }, async () => {
    try {
      return await withTopology(context, { ...options, name }, onTopology, engineSignal);
    } catch (error) {
      // A fresh topology is taken down anyway.
      if (began && !options.fresh) await healAfter(context, name, options);
      throw error;
    }
  });
}

/** The run's signal may have ended, so healing has time of its own. */
async function healAfter(context: Context, name: string, options: KillMasterCommandOptions) {
  context.stderr.write(`the drill was broken off: healing ${name}\n`);
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  try {
    const [runtime, connect] = await Promise.all([
      context.connectRuntime(options.host, signal),
      context.loadRedis(),
    ]);
    await healTopology(name, {
      runtime,
      creation: null,
      connect: await connectTo(runtime, connect, name),
      deadline: new Deadline(CLEAN_UP_MS),
      signal,
      emit: () => {},
    });
    context.stderr.write(`${name} has one master and its replicas in sync\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.stderr.write(`left broken: ${reason}\n\`rrepl heal --name ${name}\` repairs it\n`);
  }
}

async function warnOfRestart(context: Context, live: LiveTopology, yes: boolean): Promise<void> {
  const risk = await riskOfRestart(await findReady(live));
  if (risk === null) return;
  if (!yes) {
    throw new UsageError(risk, {
      hint: 'nothing was done; `--yes` does it all the same, `rrepl cli -- BGSAVE` saves the data first, `--set appendonly=yes` keeps every write',
    });
  }
  context.stderr.write(`danger: ${risk}\n`);
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
