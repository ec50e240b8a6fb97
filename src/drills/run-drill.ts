/** Plays a drill: each act on a fresh topology, which is removed however the act ends. */
import { securityOf } from '../access/access.js';
import { withCleanUp } from '../clean-up.js';
import { FailedError, RreplError } from '../errors.js';
import type { LiveTopology } from '../live/live-topology.js';
import { askNode } from '../redis/ask.js';
import type { ServerFacts } from '../redis/info.js';
import { NoReplyError } from '../redis/node.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { type CheckResult, overall } from '../verify/check.js';
import type { Act, Drill, Setting, Step } from './drill.js';
import type { ActReport, DrillReport } from './drill-report.js';
import { Stage } from './stage.js';
import { Timeline, type TimelineEvent } from './timeline.js';

/** Makes topologies and takes them away again, with their data. */
export interface Theatre {
  raise(name: string, setting: Setting, limits: Limits): Promise<LiveTopology>;
  /** Also after a failed `raise`, and after an interruption. */
  strike(name: string): Promise<void>;
}

export interface DrillOptions {
  readonly theatre: Theatre;
  readonly image: string;
  /** Unique: in the topologies' names and the drill's keys. */
  readonly run: string;
  readonly signal: AbortSignal;
  /** Milliseconds for each act. */
  readonly actMs?: number;
  readonly onAct?: (act: Act) => void;
  readonly onEvent?: (event: TimelineEvent) => void;
  /** The report as far as it goes, after each act: what is left of it if a later one is broken off. */
  readonly onPlayed?: (report: DrillReport) => void;
  /** A topology that could not be removed after its act had failed. */
  readonly onLeft?: (name: string, trouble: unknown) => void;
}

/** An act takes seconds; one that takes this long hangs. */
const ACT_MS = 180_000;

export async function runDrill(drill: Drill, options: DrillOptions): Promise<DrillReport> {
  const acts: ActReport[] = [];
  let server = 'unknown';
  let security = securityOf(null);
  const report = (): DrillReport => {
    const verdict = overall(acts.flatMap(({ checks }) => checks));
    const isWhole = acts.length === drill.acts.length;
    return {
      drill: drill.name,
      claim: drill.claim,
      image: options.image,
      server,
      security,
      verdict: verdict === 'pass' && !isWhole ? 'unknown' : verdict,
      acts: [...acts],
    };
  };
  for (const [index, act] of drill.acts.entries()) {
    options.onAct?.(act);
    const name = `drill-${options.run}-${index + 1}`;
    const played = await playOnFresh(act, name, options);
    acts.push(played.report);
    server = `${played.server.product} ${played.server.version}`;
    security = played.security;
    options.onPlayed?.(report());
  }
  return report();
}

async function playOnFresh(act: Act, name: string, options: DrillOptions) {
  const limits = { deadline: new Deadline(options.actMs ?? ACT_MS), signal: options.signal };
  const raiseAndPlay = async () => {
    const live = await options.theatre.raise(name, act.setting, limits);
    try {
      const server = await serverOf(live);
      const stage = new Stage({
        ...limits,
        live,
        server,
        timeline: new Timeline(options.onEvent),
        run: options.run,
      });
      return { server, security: securityOf(live.access), report: await play(act, stage) };
    } finally {
      live.close();
    }
  };
  return withCleanUp(
    raiseAndPlay,
    () => options.theatre.strike(name),
    (trouble) => options.onLeft?.(name, trouble),
  );
}

async function serverOf({ nodes }: LiveTopology): Promise<ServerFacts> {
  const [master] = nodes;
  if (master === undefined) throw new FailedError('a drill needs a master');
  return (await askNode(master.redis)).server;
}

/** The first step that can't be done ends the act: what comes after it would prove nothing. */
async function play({ title, setting, steps }: Act, stage: Stage): Promise<ActReport> {
  try {
    for (const step of steps) {
      stage.signal.throwIfAborted();
      stage.timeline.note(step.says);
      try {
        await step.run(stage);
      } catch (error) {
        stage.check(brokenOff(step, error, stage.signal));
        break;
      }
    }
  } finally {
    await stage.end();
  }
  const { foreseen, checks, rows, timeline } = stage;
  return {
    title,
    nodes: setting.replicas + 1,
    config: setting.config ?? {},
    foreseen,
    checks,
    rows,
    timeline: [...timeline.events].sort((a, b) => a.atMs - b.atMs),
  };
}

/** What was waited for did not come: that fails. A server or engine that didn't answer decides nothing. */
function brokenOff({ says }: Step, error: unknown, signal: AbortSignal): CheckResult {
  signal.throwIfAborted();
  if (!(error instanceof RreplError)) throw error;
  return {
    id: 'step',
    node: null,
    verdict: error instanceof NoReplyError ? 'unknown' : 'fail',
    claim: says,
    expected: 'done',
    seen: error.message,
  };
}
