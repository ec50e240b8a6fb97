/**
 * Saying beforehand how a link will be made again, and seeing whether it came so: by the
 * upstream's counters and by the logs of both sides.
 */

import { DeadlineError } from '../../errors.js';
import { bytes } from '../../format.js';
import type { LiveNode } from '../../live/live-topology.js';
import { describeResync, linesAfter, type Resync, resyncMs } from '../../live/resyncs.js';
import { masterAfter, replicaAfter, type Stop } from '../../psync/memory.js';
import { nextRequest, type Prediction, predictResync } from '../../psync/predict.js';
import { askNode } from '../../redis/ask.js';
import type { ServerFacts, SyncCounters } from '../../redis/info.js';
import { passBarrier, waitForLink } from '../../redis/probes.js';
import { waitUntil } from '../../redis/wait.js';
import type { CheckResult } from '../../verify/check.js';
import type { Step } from '../drill.js';
import { type Stage, slot } from '../stage.js';
import { type Cost, noteCost } from './costs.js';
import { readDisk } from './disk.js';

/** What the drill claims; a function where versions differ. */
export type Claimed = Prediction['kind'] | ((server: ServerFacts) => Prediction['kind']);

interface Forecast {
  readonly node: string;
  readonly prediction: Prediction;
}

/** What was true of the upstream when the forecasts were made. */
interface Baseline {
  readonly runId: string;
  readonly syncs: SyncCounters;
  /** The last line of each log. */
  readonly marks: ReadonlyMap<string, string>;
}

/** What was predicted since the last `confirm`, and what was true before the first of it. */
interface Outlook {
  readonly forecasts: Forecast[];
  readonly baseline: Baseline;
}

const OUTLOOK = slot<Outlook>('a prediction');

const MASTER = 'redis-1';

/** The link is broken and will be made again: both servers still know their places. */
export const predictLink = (node: string, claimed: Claimed, upstream = MASTER): Step =>
  predict([node], claimed, upstream, async (stage) => {
    const [above, below] = await askBoth(stage, upstream, node);
    return predictResync(nextRequest(below.replication), above.replication);
  });

/** The replica will be stopped and started again: what it remembers lies on its disk. */
export const predictRestart = (
  node: string,
  how: Stop,
  claimed: Claimed,
  upstream = MASTER,
): Step =>
  predict([node], claimed, upstream, async (stage) => {
    const [above, below] = await askBoth(stage, upstream, node);
    const disk = await readDisk(stage, stage.node(node));
    return predictResync(replicaAfter(disk, how, below.replication), above.replication);
  });

/**
 * The master will be stopped and started again, and its replicas come back to it. They are
 * in step when it stops: from 7.0 on a graceful stop waits for them itself
 * (`prepareForShutdown`, src/server.c).
 */
export const predictMasterRestart = (nodes: readonly string[], how: Stop, claimed: Claimed): Step =>
  predict(nodes, claimed, MASTER, async (stage, node) => {
    await untilInStep(stage, MASTER, node);
    const master = stage.node(MASTER);
    const disk = await readDisk(stage, master);
    const { replication } = await askNode(master.redis);
    const source = masterAfter(stage.server, disk, how, replication);
    return predictResync(nextRequest(replication), source);
  });

/** A node that has no place in this stream: it was never attached, or is another master. */
export const predictNewcomers = (nodes: readonly string[], upstream = MASTER): Step =>
  predict(nodes, 'full', upstream, async (stage, node) => {
    const [above, below] = await askBoth(stage, upstream, node);
    return predictResync(nextRequest(below.replication), above.replication);
  });

function predict(
  nodes: readonly string[],
  claimed: Claimed,
  upstream: string,
  foresee: (stage: Stage, node: string) => Promise<Prediction>,
): Step {
  return {
    kind: 'predict',
    says: `how will ${nodes.join(', ')} resynchronise?`,
    run: async (stage) => {
      const outlook = await outlookOf(stage, upstream);
      for (const node of nodes) {
        const prediction = await foresee(stage, node);
        outlook.forecasts.push({ node, prediction });
        stage.timeline.note(`predicted: ${prediction.text}`, node);
        stage.foreseen.push({ node, predicted: prediction.text, seen: null });
        stage.check(ruleCheck(node, prediction, claimed, stage.server));
      }
    },
  };
}

async function outlookOf(stage: Stage, upstream: string): Promise<Outlook> {
  const there = stage.has(OUTLOOK);
  const outlook = there
    ? stage.recall(OUTLOOK)
    : { forecasts: [], baseline: await readBaseline(stage, upstream) };
  stage.keep(OUTLOOK, outlook);
  return outlook;
}

/** Whether the oracle says what the drill claims: else one of them doesn't know the version's rule. */
function ruleCheck(
  node: string,
  { kind, text }: Prediction,
  claimed: Claimed,
  server: ServerFacts,
): CheckResult {
  const expected = typeof claimed === 'function' ? claimed(server) : claimed;
  return {
    id: 'rule',
    node,
    verdict: kind === expected ? 'pass' : 'fail',
    claim: `the rules of ${server.product} ${server.version} make it ${expected}`,
    expected,
    seen: text,
  };
}

/** The replica first: under load the upstream is further when it is asked after, never behind. */
async function askBoth(stage: Stage, upstream: string, node: string) {
  const below = await askNode(stage.node(node).redis);
  return [await askNode(stage.node(upstream).redis), below] as const;
}

async function readBaseline(stage: Stage, upstream: string): Promise<Baseline> {
  const { server, syncs } = await askNode(stage.node(upstream).redis);
  const marks = new Map<string, string>();
  await Promise.all(
    stage.live.nodes.map(async (node) => {
      const line = (await readLog(stage, node, 1)).at(-1);
      if (line !== undefined) marks.set(node.name, line);
    }),
  );
  return { runId: server.runId, syncs, marks };
}

export const readLog = async ({ live }: Stage, { observed }: LiveNode, lines: number | 'all') =>
  observed.container === null ? [] : live.runtime.logTail(observed.container.name, lines);

/** Waits until every node that was spoken of is in step again, and compares. */
export const confirm = (upstream = MASTER): Step => ({
  kind: 'check',
  says: 'did it come as predicted?',
  run: async (stage) => {
    const { forecasts, baseline } = stage.recall(OUTLOOK);
    stage.drop(OUTLOOK);
    for (const { node } of forecasts) await untilInStep(stage, upstream, node);
    for (const forecast of forecasts) {
      const seen = await loggedResync(stage, upstream, forecast, baseline);
      stage.check(logCheck(forecast, seen));
      see(stage, forecast.node, seen);
      noteCost(stage, seen);
    }
    stage.check(await countersCheck(stage, upstream, forecasts, baseline));
  },
});

/** Waits until a node has all that its upstream has now. */
export const inStep = (node: string, upstream = MASTER): Step => ({
  kind: 'check',
  says: `${node} has all of ${upstream}`,
  run: (stage) => untilInStep(stage, upstream, node),
});

/** The link up on both sides, and all that the upstream has now. */
export async function untilInStep(stage: Stage, upstream: string, node: string): Promise<void> {
  const now = await stage.live.observe();
  const address = now.nodes.find(({ name }) => name === node)?.address;
  const above = stage.node(upstream).redis;
  const below = stage.node(node).redis;
  const limits = stage.within(60_000);
  await waitForLink(above, below, { ...limits, addresses: address ? [address] : [] });
  await passBarrier(above, below, limits);
}

/** What a server writes reaches the engine's log a moment later. */
const LOGGED_MS = 5000;

/** What the logs tell as soon as it is what was predicted, or else at the end of that time. */
async function loggedResync(
  stage: Stage,
  upstream: string,
  { node, prediction }: Forecast,
  baseline: Baseline,
): Promise<Cost> {
  let seen = await readResync(stage, upstream, node, baseline);
  const look = async () => {
    if (seen.kind !== prediction.kind) seen = await readResync(stage, upstream, node, baseline);
    return seen.kind === prediction.kind ? seen : undefined;
  };
  const describe = () => `the log of ${node} to tell of a resync`;
  const wait = { ...stage.within(LOGGED_MS), everyMs: 20, describe };
  return waitUntil(look, wait).catch((error) => {
    if (error instanceof DeadlineError) return seen;
    throw error;
  });
}

async function readResync(
  stage: Stage,
  upstream: string,
  node: string,
  { marks }: Baseline,
): Promise<Cost> {
  const since = async (name: string) =>
    linesAfter(await readLog(stage, stage.node(name), 'all'), marks.get(name));
  const [now, replica, above] = await Promise.all([
    stage.live.observe(),
    since(node),
    since(upstream),
  ]);
  const address = now.nodes.find(({ name }) => name === node)?.address ?? null;
  return {
    ...describeResync(node, { replica, upstream: above, address }),
    ms: resyncMs(replica),
  };
}

function see(stage: Stage, node: string, resync: Resync): void {
  const text = resyncText(resync);
  stage.timeline.note(`seen: ${text}`, node);
  const at = stage.foreseen.findLastIndex((it) => it.node === node);
  const found = stage.foreseen[at];
  if (found) stage.foreseen[at] = { ...found, seen: text };
}

function resyncText({ kind, bytes: size, reason }: Resync): string {
  if (kind === null) return 'no resync';
  const cost = size === null ? '' : `, ${bytes(size)}${kind === 'full' ? ' of RDB' : ''}`;
  return `${kind}${cost}${reason === null ? '' : ` (${reason})`}`;
}

function logCheck({ node, prediction }: Forecast, resync: Resync): CheckResult {
  return {
    id: 'oracle',
    node,
    verdict: resync.kind === prediction.kind ? 'pass' : 'fail',
    claim: 'the resynchronisation is the one that was predicted, as the logs tell it',
    expected: prediction.text,
    seen: resyncText(resync),
  };
}

async function countersCheck(
  stage: Stage,
  upstream: string,
  forecasts: readonly Forecast[],
  { runId, syncs: before }: Baseline,
): Promise<CheckResult> {
  const { server, syncs } = await askNode(stage.node(upstream).redis);
  // Counters begin at 0 with the server.
  const since = server.runId === runId ? before : { full: 0, partialOk: 0, partialErr: 0 };
  const rise = (name: keyof SyncCounters) => syncs[name] - since[name];
  const sum = (name: keyof SyncCounters) =>
    forecasts.reduce((total, { prediction }) => total + prediction.counters[name], 0);
  const words = (of: (name: keyof SyncCounters) => number) =>
    `sync_full +${of('full')}, sync_partial_ok +${of('partialOk')}, sync_partial_err +${of('partialErr')}`;
  return {
    id: 'counters',
    node: upstream,
    verdict: words(rise) === words(sum) ? 'pass' : 'fail',
    claim: "the upstream's counters say the same",
    expected: words(sum),
    seen: words(rise),
  };
}
