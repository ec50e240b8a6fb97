/** Whether `rrepl up` can work here, and what may fail later. Changes nothing. */

import type { Runtime } from '../docker/runtime.js';
import { listTopology } from '../docker/topologies.js';
import { UsageError } from '../errors.js';
import type { Topology } from '../topology/topology.js';
import {
  checkContext,
  checkEngine,
  checkImage,
  checkLeftovers,
  checkPorts,
} from './engine-checks.js';
import { type Finding, failure } from './finding.js';
import { checkHost } from './host-checks.js';
import type { ThisHost } from './this-host.js';

export interface Examined {
  /** Rejects if there is no engine. */
  readonly connect: () => Promise<Runtime>;
  readonly topology: Topology;
  readonly host: ThisHost;
}

type Check = () => Promise<Finding | readonly Finding[]>;

/** What is asked of an engine that does not answer would fail for the same reason: left out. */
export async function examine({ connect, topology, host }: Examined): Promise<Finding[]> {
  const [runtime, engine] = await firstLook(connect);
  if (runtime === null) return [engine];
  const checks: readonly [id: string, check: Check][] = [
    ['context', async () => checkContext(runtime, topology)],
    ['image', () => checkImage(runtime, topology)],
    [
      'ports',
      async () => checkPorts(runtime, topology, await listTopology(runtime, topology.name)),
    ],
    ['host', () => checkEngineHost(runtime, host)],
    ['leftovers', () => checkLeftovers(runtime, Date.now())],
  ];
  const found = await Promise.all(
    checks.map(([id, check]) => check().catch((error: unknown) => failure(id, error))),
  );
  return [engine, ...found.flat()];
}

async function firstLook(connect: Examined['connect']): Promise<[Runtime | null, Finding]> {
  try {
    const runtime = await connect();
    return [runtime, await checkEngine(runtime)];
  } catch (error) {
    // A mistake in what was typed is none of the engine's.
    if (error instanceof UsageError) throw error;
    return [null, failure('engine', error)];
  }
}

/** One kernel, one machine: Docker Desktop's engine runs in a virtual machine with a kernel of its own. */
async function checkEngineHost(runtime: Runtime, here: ThisHost): Promise<Finding[]> {
  const host = await runtime.host();
  const isHere = /^unix:/.test(runtime.endpoint) && host.kernel === here.kernel;
  return checkHost(host, isHere ? here : null);
}
