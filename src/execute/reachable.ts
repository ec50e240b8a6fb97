/** An engine elsewhere: what can't work there is said before anything is made. */
import type { Runtime } from '../docker/runtime.js';
import { EngineError, InvalidError } from '../errors.js';
import type { Topology } from '../topology/topology.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Throws where the published ports, which are on the loopback of the engine's host, can't be
 * reached from here, or where `--dir` would name a folder of another machine.
 */
export function refuseUnreachable(topology: Topology, runtime: Runtime): void {
  if (!LOOPBACK.test(runtime.publishedHost)) {
    throw new EngineError(
      `the engine is on ${runtime.publishedHost}, and ports are published on that machine's loopback only: they can't be reached from here`,
      {
        hint: 'run rrepl there, or forward the ports and the engine, and point DOCKER_HOST to tcp://127.0.0.1:PORT',
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
