/** The engine, and whether it has what the topology needs. */
import { findTakenPorts } from '../docker/free-ports.js';
import type { Runtime } from '../docker/runtime.js';
import { type EngineTopology, listTopologies } from '../docker/topologies.js';
import { formatProblem } from '../errors.js';
import { refuseUnreachable } from '../execute/reachable.js';
import { plural } from '../format.js';
import { candidates, choosePorts, knownPorts } from '../plan/ports.js';
import { leftovers } from '../plan/prune.js';
import type { Topology } from '../topology/topology.js';
import { type Finding, fail, failure, ok, warn, warnAbout } from './finding.js';

/** Docker 20.10's: the oldest that rrepl is tested with. */
const TESTED_API = 1.41;

export async function checkEngine(runtime: Runtime): Promise<Finding> {
  const { product, version, apiVersion, os, arch } = await runtime.engine();
  const seen = `${product} ${version}, API ${apiVersion}, ${os}/${arch}`;
  if (os !== 'linux') {
    return fail(
      'engine',
      seen,
      'Redis needs an engine for Linux containers: switch it, or use another',
    );
  }
  if (Number(apiVersion) >= TESTED_API) return ok('engine', seen);
  return warn(
    'engine',
    seen,
    `rrepl is tested with API ${TESTED_API} and newer: update the engine`,
  );
}

export function checkContext(runtime: Runtime, topology: Topology): Finding {
  try {
    refuseUnreachable(topology, runtime);
  } catch (error) {
    return failure('context', error);
  }
  const { endpoint, source, publishedHost } = runtime;
  return ok('context', `${endpoint}, from ${source}; ports are reached on ${publishedHost}`);
}

export async function checkImage(runtime: Runtime, { image }: Topology): Promise<Finding> {
  if ((await runtime.image(image)) !== null) return ok('image', `${image} is there`);
  await runtime.findInRegistry(image);
  return ok('image', `${image} is not there; its registry has it, and \`up\` pulls it`);
}

export async function checkPorts(
  runtime: Runtime,
  topology: Topology,
  seen: EngineTopology,
): Promise<Finding> {
  const known = knownPorts(seen);
  const others = await runtime.listContainers({});
  const taken = await findTakenPorts(runtime, others, topology.name, candidates(topology, known));
  const { ports, notes, problems } = choosePorts(topology, known, taken);
  if (problems.length > 0) {
    const words = problems.map(formatProblem).join('; ');
    return fail('ports', words, 'stop what holds them, or choose others');
  }
  return ok(
    'ports',
    [
      `${topology.name} gets ${[...ports.values()].join(', ')}`,
      ...notes.map(({ text }) => text),
    ].join('; '),
  );
}

export async function checkLeftovers(runtime: Runtime, nowMs: number): Promise<Finding> {
  const all = await listTopologies(runtime);
  const expired = leftovers(all, { nowMs, olderThanMs: null });
  if (expired.length > 0) {
    const list = expired.map(({ topology, why }) => `${topology.name} (${why})`).join(', ');
    return warnAbout('leftovers', list, { code: 'leftovers', hollow: null });
  }
  const hollow = all.filter(({ nodes }) => nodes.length === 0).map(({ name }) => name);
  const [first] = hollow;
  if (first !== undefined) {
    const seen = `networks without a node: ${hollow.join(', ')}`;
    return warnAbout('leftovers', seen, { code: 'leftovers', hollow: first });
  }
  return ok('leftovers', `none among ${plural(all.length, 'topology', 'topologies')}`);
}
