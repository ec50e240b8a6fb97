/** What a container may do and use, and who can reach it. */
import type { ContainerSpec } from '../docker/runtime.js';
import type { ContainerWish } from '../topology/topology.js';

/**
 * The entrypoints of the official images start as root, hand /data to the server's user and
 * drop to it: CHOWN, SETUID and SETGID. They also look into folders that are that user's
 * alone, like Redis 7's appendonlydir (DAC_OVERRIDE), and newer ones empty the bounding set,
 * so that nothing is left for the server (SETPCAP).
 */
const ENTRYPOINT = ['CHOWN', 'DAC_OVERRIDE', 'SETGID', 'SETPCAP', 'SETUID'];

type Confinement = Pick<ContainerSpec, 'restart' | 'capabilities' | 'memoryBytes' | 'cpus'>;

/** @param startsAs the user that the container starts as: '' for root. */
export function confinement(
  { restart, memoryBytes, cpus }: ContainerWish,
  startsAs: string,
): Confinement {
  const root = /^(|0|root)(:.*)?$/.test(startsAs);
  return { restart, memoryBytes, cpus, capabilities: root ? ENTRYPOINT : [] };
}

/** Published on the loopback address in any case: that is where rrepl on the same machine asks. */
export function addressesFor(bind: string): string[] {
  return bind === '0.0.0.0' || bind === '127.0.0.1' ? [bind] : ['127.0.0.1', bind];
}
