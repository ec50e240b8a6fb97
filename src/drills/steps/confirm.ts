/** Whether a link was made again as predicted: by the upstream's counters and the logs of both sides. */
import { DeadlineError } from '../../errors.js';
import { bytes, shortIds } from '../../format.js';
import { describeResync, linesAfter, type Resync, resyncMs } from '../../live/resyncs.js';
import { askNode } from '../../redis/ask.js';
import type { SyncCounters } from '../../redis/info.js';
import { waitUntil } from '../../redis/wait.js';
import type { CheckResult } from '../../verify/check.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import { type Cost, noteCost } from './costs.js';
import { MASTER, readLog, untilInStep } from './in-step.js';
import { type Baseline, type Forecast, OUTLOOK } from './outlook.js';

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
  return `${kind}${cost}${reason === null ? '' : ` (${shortIds(reason)})`}`;
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
