/** The faults of a run, or all that is wrong with them: before anything is made. */

import type { Recovery } from '../drills/recoveries.js';
import { inInput, type Problem, wrongWords } from '../errors.js';
import { complaints } from '../live/health.js';
import { chaos } from '../program/chaos.js';
import { type PlannedFault, parseFaults, problemsOn } from '../program/faults.js';
import type { Wish } from '../topology/load.js';
import type { Engine } from './operation.js';
import type { Run } from './run.js';
import { status } from './status.js';

export interface FaultsInput {
  /**
   * The name of one that is there, or what to bring up for this and to remove after.
   * @internal
   */
  readonly topology: string | Wish;
  /** As they are spelled: `kill-master@5s`, `pause:replica@8s+2s`. */
  readonly faults?: readonly string[] | undefined;
  /** Their times begin when the program prints what this matches; else with its start. */
  readonly when?: string | undefined;
  /** Faults at random for so many milliseconds, beside those that are spelled. */
  readonly chaosMs?: number | undefined;
  /** Of the faults at random: the same seed plays the same ones; 1 if it isn't said. */
  readonly seed?: number | undefined;
  /** What follows `kill-master`; `promote` if it isn't said. */
  readonly recover?: Recovery | undefined;
  /** For how many milliseconds the program may go without an answer. */
  readonly maxDowntimeMs?: number | undefined;
}

/** @throws InvalidTopologyError with all that is wrong with them. */
export async function plannedFaults(
  engine: Engine,
  { topology, faults: texts = [], when, chaosMs, seed = 1, recover, maxDowntimeMs }: FaultsInput,
  { signal, emit }: Run,
): Promise<readonly PlannedFault[]> {
  const { faults, problems } = parseFaults(texts);
  const wrong: Problem[] = [...problems, ...patternProblems(when)];
  const { nodes, sentinels, security } =
    typeof topology === 'string'
      ? await statusTold(engine, topology, { signal, emit })
      : wantedAnew(topology);
  if (maxDowntimeMs !== undefined && security.tls) {
    const message = 'under TLS nobody can see when the program got its answers';
    wrong.push({ ...inInput('maxDowntime'), message });
  }
  const names = nodes.map(({ name }) => name);
  const random = chaosMs === undefined ? [] : chaos(seed, chaosMs, names.length - 1);
  const isFresh = typeof topology !== 'string';
  const ground = { nodes: names, sentinels: sentinels?.map(({ name }) => name) ?? [], isFresh };
  wrong.push(...problemsOn(faults, { ...ground, recover: recover ?? 'promote' }));
  if (chaosMs !== undefined && random.length === 0) {
    wrong.push({ ...inInput('chaos'), message: 'that is too short for a fault: give 5s or more' });
  }
  if (wrong.length > 0) throw wrongWords(wrong);
  return [...faults, ...random];
}

function wantedAnew(wish: Wish) {
  const { nodes, sentinels, security } = wish.resolve(null);
  return { nodes, sentinels: sentinels?.nodes, security };
}

/** What is not as it should be is told: a run that was killed may have left it so. */
async function statusTold(engine: Engine, topology: string, run: Pick<Run, 'signal' | 'emit'>) {
  const seen = await status(engine, { topology }, { signal: run.signal });
  const wrong = complaints(seen.nodes, seen.sentinels ?? []);
  if (wrong.length > 0) {
    const text = `${topology} is not well: ${wrong.join('; ')}`;
    run.emit({ type: 'note', text, about: { code: 'not-healthy', topology } });
  }
  return seen;
}

function patternProblems(when: string | undefined): Problem[] {
  if (when === undefined) return [];
  try {
    new RegExp(when);
    return [];
  } catch (error) {
    return [{ ...inInput('when'), message: (error as Error).message }];
  }
}
