/** Plays drills, each act on a fresh topology that is removed after it. */
import { randomBytes } from 'node:crypto';
import type { Act, Drill } from '../drills/drill.js';
import type { DrillReport } from '../drills/drill-report.js';
import { runDrill } from '../drills/run-drill.js';
import { InvalidTopologyError, type Problem } from '../errors.js';
import { DEFAULTS } from '../topology/resolve.js';
import { readTemplates } from '../topology/shipped.js';
import type { SecurityWish } from '../topology/topology.js';
import { overall, type Verdict } from '../verify/check.js';
import { type DrillServers, drillTopologies, topologyOf } from './drill-topologies.js';
import { leftBehind } from './left-behind.js';
import type { Engine, OperationOptions } from './operation.js';
import { tellOfOtherDrills } from './other-drills.js';
import { startRun } from './run.js';

export interface DrillInput {
  readonly drills: readonly Drill[];
  /** Of every node; redis:6.0 if it isn't said. */
  readonly image?: string | undefined;
  /** What clients and replicas need to be let in; nothing if it isn't said. */
  readonly security?: SecurityWish | undefined;
}

export interface DrillsReport {
  readonly verdict: Verdict;
  readonly drills: readonly DrillReport[];
}

/** An act takes seconds; one that takes this long hangs. */
const ACT_MS = 180_000;

/**
 * Plays the drills one after the other; one that fails does not keep the others from being played.
 * An interruption or an engine that fails does: then this rejects, and what was played until then
 * has been told by events. `timeoutMs` is for each act, 180 s unless it is said.
 * @throws InvalidTopologyError with what is wrong with the acts' topologies, before any is made.
 */
export async function drill(
  engine: Engine,
  { drills, image = DEFAULTS.image, security = {} }: DrillInput,
  options: OperationOptions = {},
): Promise<DrillsReport> {
  const { signal, emit } = startRun(options, ACT_MS);
  const servers = { image, security };
  await refuseUnfit(drills, servers);
  await tellOfOtherDrills(engine, { signal, emit });
  const topologies = await drillTopologies(engine, servers, { emit });
  const reports: DrillReport[] = [];
  for (const one of drills) {
    let partly: DrillReport | null = null;
    try {
      const report = await runDrill(one, {
        ...{ topologies, image, signal },
        run: randomBytes(4).toString('hex'),
        actMs: options.timeoutMs ?? ACT_MS,
        onAct: ({ title }, { replicas, sentinels }) =>
          emit({
            ...{ type: 'act', drill: one.name, title },
            ...{ nodes: replicas.length + 1, sentinels: sentinels.length },
          }),
        onEvent: (event) => emit({ type: 'timeline', ...event }),
        onPlayed: (played) => {
          partly = played;
        },
        onLeft: (name, trouble) => emit({ type: 'note', ...leftBehind(name, trouble) }),
      });
      partly = report;
      reports.push(report);
    } finally {
      if (partly !== null) emit({ type: 'drill', report: partly });
    }
  }
  return { verdict: verdictOf(reports, drills.length), drills: reports };
}

/** @param chosen how many were to be played: less than a pass if one of them broke off. */
export function verdictOf(reports: readonly DrillReport[], chosen: number): Verdict {
  const verdict = overall(reports);
  return verdict === 'pass' && reports.length < chosen ? 'unknown' : verdict;
}

async function refuseUnfit(drills: readonly Drill[], servers: DrillServers): Promise<void> {
  const templates = await readTemplates();
  const problems = drills.flatMap(({ name, acts }) =>
    acts.flatMap((act) =>
      unfit(act, { ...servers, ...templates }).map(({ message }) => ({
        source: `drill ${name}`,
        message: `act "${act.title}": ${message}`,
      })),
    ),
  );
  if (problems.length > 0) throw new InvalidTopologyError(problems);
}

function unfit(act: Act, servers: Parameters<typeof topologyOf>[2]): readonly Problem[] {
  try {
    topologyOf('drill', act, servers);
    return [];
  } catch (error) {
    if (error instanceof InvalidTopologyError) return error.problems;
    throw error;
  }
}
