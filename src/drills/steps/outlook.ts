/** What was predicted of links and is not confirmed yet. */

import { markLogs } from '../../live/log-marks.js';
import type { Prediction } from '../../psync/predict.js';
import { askNode } from '../../redis/ask.js';
import type { SyncCounters } from '../../redis/info.js';
import { type Stage, slot } from '../stage.js';

export interface Forecast {
  readonly node: string;
  readonly prediction: Prediction;
}

/** What was true of the upstream when the forecasts were made. */
export interface Baseline {
  readonly runId: string;
  readonly syncs: SyncCounters;
  /** The last line of each log. */
  readonly marks: ReadonlyMap<string, string>;
}

/** What was predicted since the last `confirm`, and what was true before the first of it. */
export interface Outlook {
  readonly forecasts: Forecast[];
  readonly baseline: Baseline;
}

export const OUTLOOK = slot<Outlook>('a prediction');

export async function outlookOf(stage: Stage, upstream: string): Promise<Outlook> {
  const there = stage.has(OUTLOOK);
  const outlook = there
    ? stage.recall(OUTLOOK)
    : { forecasts: [], baseline: await readBaseline(stage, upstream) };
  stage.keep(OUTLOOK, outlook);
  return outlook;
}

async function readBaseline(stage: Stage, upstream: string): Promise<Baseline> {
  const { server, syncs } = await askNode(stage.node(upstream).redis);
  return { runId: server.runId, syncs, marks: await markLogs(stage.live) };
}
