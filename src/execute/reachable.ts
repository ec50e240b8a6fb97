/** An engine elsewhere: what can't work there is said before anything is made. */
import type { Runtime } from '../docker/runtime.js';
import { EngineError, InvalidError } from '../errors.js';
import { isLoopback } from '../topology/loopback.js';
import type { Topology } from '../topology/topology.js';

/**
 * Throws where the published ports are on the loopback of another machine, and so can't be
 * reached from here, or where `--dir` would name a folder of another machine.
 */
export function refuseUnreachable(topology: Topology, runtime: Runtime): void {
  if (!isLoopback(runtime.publishedHost) && isLoopback(topology.containers.bind)) {
    throw new EngineError(
      `the engine is on ${runtime.publishedHost}, and ports are published on that machine's loopback only: they can't be reached from here`,
      { about: { code: 'loopback-elsewhere' } },
    );
  }
  if (topology.dir !== null && !/^(unix|npipe):/.test(runtime.endpoint)) {
    throw new InvalidError(
      `the folder ${topology.dir} needs an engine on this machine, and this one is ${runtime.endpoint}`,
      { about: { code: 'folder-elsewhere', dir: topology.dir } },
    );
  }
}
