/** Plays a drill: each act on a fresh topology, which is removed however the act ends. */
import { securityOf } from '../access/access.js';
import { withCleanUp } from '../clean-up.js';
import { DeadlineError, FailedError, RreplError } from '../errors.js';
import { duration } from '../format.js';
import type { LiveTopology } from '../live/live-topology.js';
import { askNode } from '../redis/ask.js';
import type { ServerFacts } from '../redis/info.js';
import { NoReplyError } from '../redis/node.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { valueText } from '../topology/schema.js';
import { type CheckResult, overall } from '../verify/check.js';
import { nodesOf } from './define-drill.js';
import type { Act, Drill, DrillTopology, Nodes, Step } from './drill.js';
import type { ActReport, DrillReport } from './drill-report.js';
import { ActStage } from './stage.js';
import { Timeline, type TimelineEvent } from './timeline.js';

/** Makes topologies and takes them away again, with their data. */
export interface Topologies {
  up(name: string, wanted: Pick<Act, 'topology' | 'disks'>, limits: Limits): Promise<LiveTopology>;
  /** Also after an `up` that failed, and after an interruption. */
  down(name: string): Promise<void>;
}

export interface DrillOptions {
  readonly topologies: Topologies;
  readonly image: string;
  /** Unique: in the topologies' names and the drill's keys. */
  readonly run: string;
  readonly signal: AbortSignal;
  /** Milliseconds for each act. */
  readonly actMs: number;
  readonly onAct?: (act: Act, nodes: Nodes) => void;
  readonly onEvent?: (event: TimelineEvent) => void;
  /** The report as far as it goes, after each act: what is left of it if a later one is broken off. */
  readonly onPlayed?: (report: DrillReport) => void;
  /** A topology that could not be removed after its act had failed. */
  readonly onLeft?: (name: string, trouble: unknown) => void;
}

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
    options.onAct?.(act, nodesOf(act.topology));
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
  const limits = { deadline: new Deadline(options.actMs), signal: options.signal };
  const upAndPlay = async () => {
    const live = await options.topologies.up(name, act, limits);
    try {
      const { master } = nodesOf(act.topology);
      const server = await serverOf(live, master);
      const timeline = new Timeline(options.onEvent);
      const stage = new ActStage({ ...limits, live, server, master, timeline, run: options.run });
      return { server, security: securityOf(live.access), report: await play(act, stage) };
    } finally {
      live.close();
    }
  };
  return withCleanUp(
    upAndPlay,
    () => options.topologies.down(name),
    (trouble) => options.onLeft?.(name, trouble),
  );
}

async function serverOf({ nodes }: LiveTopology, master: string): Promise<ServerFacts> {
  const node = nodes.find(({ name }) => name === master);
  if (node === undefined) throw new FailedError('a drill needs a master');
  return (await askNode(node.redis)).server;
}

/** The first step that can't be done ends the act: what comes after it would prove nothing. */
async function play({ title, topology, steps }: Act, stage: ActStage): Promise<ActReport> {
  const nodes = nodesOf(topology);
  try {
    for (const step of steps(nodes)) {
      stage.signal.throwIfAborted();
      stage.timeline.note(step.says);
      try {
        await carryOut(step, stage);
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
    nodes: nodes.replicas.length + 1,
    config: configText(topology),
    foreseen,
    checks,
    rows,
    timeline: [...timeline.events].sort((a, b) => a.atMs - b.atMs),
  };
}

/** After an interruption, or beyond the act's deadline: what a step asked of the engine is done to its end. */
const GRACE_MS = 5000;

/** A check that says nothing by `stage.check` decides by what it resolves with. */
async function carryOut(step: Step, stage: ActStage): Promise<void> {
  const before = stage.checks.length;
  const found = await settled(step.run(stage), stage);
  if (step.kind !== 'check' || stage.checks.length > before) return;
  const verdict = found === true ? 'pass' : found === false ? 'fail' : 'unknown';
  const seen = typeof found === 'boolean' ? String(found) : 'it decided nothing';
  stage.check({ ...aboutStep(step), id: step.id ?? 'step', verdict, expected: 'true', seen });
}

/** A step that goes on beyond its act, or an interruption, is left to itself. */
async function settled<T>(work: Promise<T>, { signal, deadline }: Limits): Promise<T> {
  const timers: NodeJS.Timeout[] = [];
  let interrupt = () => {};
  const over = new Promise<never>((_, reject) => {
    const end = (ms: number, reason: () => unknown) =>
      timers.push(setTimeout(() => reject(reason()), ms));
    interrupt = () => end(GRACE_MS, () => signal.reason);
    if (signal.aborted) interrupt();
    else signal.addEventListener('abort', interrupt, { once: true });
    end(deadline.remainingMs() + GRACE_MS, () => {
      return new DeadlineError(`the act was not over after ${duration(deadline.ms)}`);
    });
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    signal.removeEventListener('abort', interrupt);
    for (const timer of timers) clearTimeout(timer);
  }
}

/**
 * What was waited for did not come: that fails, as does a step that throws. A server or engine that
 * didn't answer decides nothing.
 */
function brokenOff(step: Step, error: unknown, signal: AbortSignal): CheckResult {
  signal.throwIfAborted();
  return {
    ...aboutStep(step),
    // What a check waits for and does not come is its result; anything else is no check's.
    id: (error instanceof DeadlineError && step.id) || 'step',
    verdict: error instanceof NoReplyError ? 'unknown' : 'fail',
    expected: 'done',
    seen: error instanceof RreplError ? error.message : thrown(error),
  };
}

const aboutStep = ({ nodes, says }: Step) => ({
  node: (nodes?.length === 1 && nodes[0]) || null,
  claim: says,
});

/** `TypeError: x is not a function (file:///home/me/my-drill.mjs:12:5)` */
function thrown(error: unknown): string {
  if (!(error instanceof Error)) return `${error} was thrown`;
  const [, place] = /\(?(file:\/\/\S+?:\d+:\d+)\)?/.exec(error.stack ?? '') ?? [];
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place})`}`;
}

/** The redis.conf directives of every node, as the report has them. */
export const configText = ({ config = {} }: DrillTopology): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, [value].flat().map(valueText).join(', ')]),
  );
