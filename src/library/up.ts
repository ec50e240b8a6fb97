/** How a program comes to a topology, or to a drill's report: `src/index.ts` says what of it is public. */
import { randomBytes } from 'node:crypto';
import type { Drill } from '../drills/drill.js';
import type { DrillReport } from '../drills/drill-report.js';
import { drill as playDrills } from '../operations/drill.js';
import { chooseEngine } from '../operations/engine.js';
import type { Engine, OperationOptions } from '../operations/operation.js';
import { status } from '../operations/status.js';
import { isThere } from '../operations/there.js';
import * as operations from '../operations/up.js';
import { loadInput, type TopologyInput } from '../topology/input.js';
import { surroundings, type Topology, topologyOf } from './topology.js';

/** What every call takes. */
export interface LibraryOptions extends OperationOptions {
  /** Endpoint of the Docker engine; else DOCKER_HOST and the docker CLI's context say it. */
  readonly host?: string | undefined;
}

export type AttachOptions = LibraryOptions;

/** The topology that is wanted, and how it is brought up. */
export interface UpOptions extends TopologyInput, LibraryOptions {
  /** On failure keep what was created, to look at it. */
  readonly retain?: boolean | undefined;
}

/** Should the program end without disposing, `rrepl prune` removes what is left. */
const EXPIRY = '1h';

/**
 * Brings a topology up and waits until every replica is in sync.
 *
 * Without a `name` it gets one of its own. What this call makes expires after an hour, unless
 * `ttl` says otherwise, and is removed with its data when the topology is disposed of. One that
 * was there before, or whose volumes were, is brought to what is wished, and never removed.
 *
 * @throws InvalidTopologyError with all that is wrong with the input; nothing was done then
 * @throws EngineError if the engine can't be reached, or refuses
 * @throws DeadlineError if it is not up after 60 s, or `timeoutMs`; what was created is removed
 */
export async function up(input: UpOptions = {}): Promise<Topology> {
  const { host, signal, timeoutMs, onEvent, retain, ...wished } = input;
  const name = wished.name ?? `temp-${randomBytes(4).toString('hex')}`;
  const options = { signal, timeoutMs, onEvent };
  const engine = engineFor(host);
  const { ttl = EXPIRY, ...rest } = wished;
  // Also without the expiry: bad input is told before the engine is asked.
  await loadInput({ ...rest, name }, surroundings());
  const isOurs = !(await isThere(engine, name, { signal: signal ?? new AbortController().signal }));
  const expiring = isOurs || wished.ttl !== undefined ? { ttl } : {};
  const wish = await loadInput({ ...rest, name, ...expiring }, surroundings());
  const { status } = await operations.up(engine, { wish, retain, showSecrets: true }, options);
  return topologyOf(engine, status, isOurs);
}

/**
 * A topology that is there, by name. Disposing of it leaves it.
 * @throws UsageError if there is none of this name
 */
export async function attach(name: string, options: AttachOptions = {}): Promise<Topology> {
  const engine = engineFor(options.host);
  const seen = await status(engine, { topology: name, showSecrets: true }, options);
  return topologyOf(engine, seen, false);
}

export interface DrillOptions extends LibraryOptions {
  /** Of every node; redis:6.0 if it isn't said. */
  readonly image?: string | undefined;
}

/**
 * Plays a drill of `defineDrill`, each act on a fresh topology that is removed after it. A claim
 * that doesn't hold is a verdict of the report, no error. `timeoutMs` is for each act, 180 s
 * unless it is said.
 * @throws InvalidTopologyError with what is wrong with the acts' topologies, before any is made
 */
export async function runDrill(drill: Drill, options: DrillOptions = {}): Promise<DrillReport> {
  const { host, image, ...rest } = options;
  const { drills } = await playDrills(engineFor(host), { drills: [drill], image }, rest);
  return drills[0] as DrillReport;
}

const engineFor = (host: string | undefined): Engine =>
  chooseEngine({ host, env: process.env, caller: 'a program that uses rrepl' });
