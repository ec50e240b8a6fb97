/** Removing what has been left over. */
import {
  containersOf,
  type EngineTopology,
  listTopologies,
  listTopology,
} from '../docker/topologies.js';
import { takeDown } from '../execute/take-down.js';
import { leftovers } from '../plan/prune.js';
import { folderOf } from './down.js';
import { alone } from './lock.js';
import type { Engine, OperationOptions } from './operation.js';
import { startRun } from './run.js';

export interface PruneInput {
  /** Those made at least so many milliseconds ago, with or without an expiry; else those that have expired. */
  readonly olderThanMs?: number | null;
  /** Only list them. */
  readonly dryRun?: boolean;
}

export interface Pruned {
  readonly topology: string;
  /** In words: `expired 5 min 2 s ago`. */
  readonly why: string;
  readonly contents: Contents;
  readonly outcome: 'removed' | 'failed' | 'in use again' | 'not asked';
  /** What went wrong if it failed. */
  readonly error: unknown;
}

interface Contents {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
  /** A folder of this host, which is left; null if there is none. */
  readonly folder: string | null;
}

const TIMEOUT_MS = 600_000;

/**
 * Removes whole topologies, their volumes too. One that can't be removed doesn't keep the others.
 * What carries no label of rrepl's is never looked at.
 */
export async function prune(
  engine: Engine,
  { olderThanMs = null, dryRun = false }: PruneInput,
  options: OperationOptions = {},
): Promise<Pruned[]> {
  const run = startRun(options, TIMEOUT_MS);
  const runtime = await engine.connectRuntime(run.signal);
  const among = (topologies: readonly EngineTopology[]) =>
    leftovers(topologies, { nowMs: Date.now(), olderThanMs });
  const pruned: Pruned[] = [];
  for (const { topology, why } of among(await listTopologies(runtime))) {
    const { name } = topology;
    const about = { topology: name, why, contents: contentsOf(topology), error: null };
    const removal = async (): Promise<Pruned['outcome']> => {
      // What came up again while the user, or this, was waiting is in use.
      const [still] = among([await listTopology(runtime, name)]);
      if (still === undefined) return 'in use again';
      await takeDown(runtime, still.topology, { volumes: true, ...run });
      return 'removed';
    };
    if (dryRun) pruned.push({ ...about, outcome: 'not asked' });
    else pruned.push(await attempt(about, () => alone(engine, name, run, removal)));
  }
  return pruned;
}

async function attempt(
  about: Omit<Pruned, 'outcome'>,
  remove: () => Promise<Pruned['outcome']>,
): Promise<Pruned> {
  try {
    return { ...about, outcome: await remove() };
  } catch (error) {
    return { ...about, outcome: 'failed', error };
  }
}

const contentsOf = (topology: EngineTopology): Contents => ({
  containers: containersOf(topology).length,
  networks: topology.networks.length,
  volumes: topology.volumes.length,
  folder: folderOf(topology),
});
