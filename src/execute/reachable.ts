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
      {
        hint: '`--bind 0.0.0.0` publishes them for other machines; or run rrepl there, or forward the ports and the engine, and point DOCKER_HOST to tcp://127.0.0.1:PORT',
      },
    );
  }
  if (topology.dir !== null && !/^(unix|npipe):/.test(runtime.endpoint)) {
    throw new InvalidError(
      `--dir ${topology.dir} needs an engine on this machine, and this one is ${runtime.endpoint}`,
      {
        hint: 'leave --dir out: named volumes work on every engine',
      },
    );
  }
}
