/** The container of a node, as the engine is to make it. Pure. */
import { containerLabels, LABEL, networksOf, volumesOf } from '../docker/labels.js';
import { CONF_FILE, CONF_FOLDER, containerName, DATA_FOLDER, foldersOf } from '../docker/names.js';
import type { ContainerSpec, Labels } from '../docker/runtime.js';
import { REDIS_PORT } from '../topology/topology.js';
import { addressesFor, confinement } from './confinement.js';
import { type NodeWork, startUser } from './node-work.js';

/** Longer than the 10 s that Redis 7+ may wait at shutdown for replicas that lag. */
const STOP_TIMEOUT_S = 15;

/** What stands in a kept volume is known only when there is a container to read it through. */
function accessLabels({ existing, access }: NodeWork): Labels {
  const kept = existing?.container === null && existing.volumes.includes('conf');
  return access !== null || kept ? { [LABEL.access]: 'files' } : {};
}

export function containerSpec(work: NodeWork): ContainerSpec {
  const { topology, node, port, host, observed } = work;
  const [confVolume, dataVolume] = volumesOf(topology.name, node.name);
  const [conf, data] =
    topology.dir === null ? [confVolume.name, dataVolume.name] : foldersOf(topology.dir, node.name);
  const kind = topology.dir === null ? 'volume' : 'folder';
  const [control] = networksOf(topology.name);
  return {
    name: containerName(topology.name, node.name),
    image: topology.image,
    command: [observed.image?.command[0] ?? 'redis-server', CONF_FILE],
    user: startUser(work),
    labels: { ...containerLabels(topology, node, { port, host }), ...accessLabels(work) },
    mounts: [
      { kind, source: conf, target: CONF_FOLDER },
      node.dataBytes === undefined
        ? { kind, source: data, target: DATA_FOLDER }
        : { kind: 'tmpfs', bytes: node.dataBytes, target: DATA_FOLDER },
    ],
    networks: [{ name: control, aliases: [] }],
    publish: {
      hostIps: addressesFor(topology.containers.bind),
      hostPort: port,
      containerPort: REDIS_PORT,
    },
    stopTimeoutS: STOP_TIMEOUT_S,
    ...confinement(topology.containers, startUser(work) ?? observed.image?.user ?? ''),
  };
}
