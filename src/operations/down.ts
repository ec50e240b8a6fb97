/** Stopping and removing topologies. */
import { LABEL } from '../docker/labels.js';
import {
  containersOf,
  type EngineTopology,
  listTopologies,
  listTopology,
} from '../docker/topologies.js';
import { ConfirmationError } from '../errors.js';
import { setAsideFolders, takeDown } from '../execute/take-down.js';
import { plural } from '../format.js';
import { atStake } from '../live/at-stake.js';
import { readStatus } from '../live/status.js';
import { alone } from './lock.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { type Run, startRun } from './run.js';
import { withTopology } from './topology.js';

export interface DownWish {
  /** Remove the volumes too, and the data with them. */
  readonly volumes?: boolean | undefined;
}

export interface TakenDown {
  readonly topology: string;
  /** False if there was nothing to remove. */
  readonly changed: boolean;
  readonly keptVolumes: number;
  /** The folder of this host that still holds configuration and data; null if they are in volumes. */
  readonly keptFolder: string | null;
  /** Folders with data set aside that were removed, as `volumes` wishes. */
  readonly removedSetAside: readonly string[];
  /** Whether data were lost because no file held them. */
  readonly lost: boolean;
}

const TIMEOUT_MS = 120_000;

/** One topology. One that isn't there is no error. */
export function down(
  engine: Engine,
  { topology: name, volumes = false }: Target & DownWish,
  options: OperationOptions = {},
): Promise<TakenDown> {
  const run = startRun(options, TIMEOUT_MS);
  return alone(engine, name, run, async () => {
    const runtime = await engine.connectRuntime(run.signal);
    const topology = await listTopology(runtime, name);
    const runs = topology.nodes.some(({ container }) => container?.state === 'running');
    // What can't be asked keeps nobody from taking it down.
    const stake = runs && !volumes ? await lostWithAll(engine, name, run).catch(() => null) : null;
    if (stake !== null) {
      const text = `${name}: ${stake}, and nothing keeps them: they are gone after this`;
      run.emit({ type: 'note', text });
    }
    const removedSetAside = volumes ? setAsideFolders(topology) : [];
    await takeDown(runtime, topology, { volumes, ...run });
    return { ...outcome(topology, volumes), removedSetAside, lost: stake !== null };
  });
}

export interface DownAllInput extends DownWish {
  /** Agreed to: they may be other people's. */
  readonly yes?: boolean | undefined;
}

/** Every topology of the engine. Rejects with a `ConfirmationError` that names them without `yes`. */
export async function downAll(
  engine: Engine,
  { volumes, yes = false }: DownAllInput,
  options: OperationOptions = {},
): Promise<TakenDown[]> {
  const { signal } = startRun(options, TIMEOUT_MS);
  const found = await listTopologies(await engine.connectRuntime(signal));
  const names = found.map(({ name }) => name);
  if (names.length > 0 && !yes) {
    const data = volumes ? ', with the data' : '';
    throw new ConfirmationError(
      `this takes down every topology of the engine${data}: ${names.join(', ')}`,
      `take down ${plural(names.length, 'topology', 'topologies')}?`,
    );
  }
  return Promise.all(names.map((topology) => down(engine, { topology, volumes }, options)));
}

/**
 * What ends with the servers of a topology, in words, unless a node that has all of it keeps it.
 * Null also if no master answers.
 */
const lostWithAll = (engine: Engine, name: string, run: Run): Promise<string | null> =>
  withTopology(engine, name, run, async (live) => {
    const { nodes } = await readStatus(live);
    const master = nodes.find(({ role }) => role === 'master');
    const whole = nodes.filter((node) => node === master || node.link === 'up');
    if (master === undefined) return null;
    const stakes = await Promise.all(
      live.nodes
        .filter(({ name }) => whole.some((it) => it.name === name))
        .map(async ({ name, redis }) => ({ name, stake: await atStake(redis, 'stopped') })),
    );
    if (stakes.some(({ stake }) => stake === null)) return null;
    return `${master.name} has ${stakes.find(({ name }) => name === master.name)?.stake}`;
  });

function outcome(observed: EngineTopology, volumes: boolean) {
  const { name: topology, networks } = observed;
  const containers = containersOf(observed);
  const keptVolumes = volumes ? 0 : observed.volumes.length;
  const removed = containers.length + networks.length + observed.volumes.length - keptVolumes;
  const keptFolder = folderOf(observed);
  return { topology, changed: removed > 0, keptVolumes, keptFolder };
}

/** The folder of this host that `--dir` named, as far as its containers tell. */
export const folderOf = (observed: EngineTopology): string | null =>
  containersOf(observed).find(({ labels }) => labels[LABEL.dir])?.labels[LABEL.dir] ?? null;
