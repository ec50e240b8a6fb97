/** The container of a sentinel, as the engine is to make it. Pure. */
import { SENTINEL_PORT } from '../config/sentinel-conf.js';
import { containerLabels, LABEL, networksOf, volumesOf } from '../docker/labels.js';
import {
  CONF_FOLDER,
  containerName,
  DATA_FOLDER,
  foldersOf,
  SENTINEL_CONF_FILE,
} from '../docker/names.js';
import type { ContainerSpec } from '../docker/runtime.js';
import { addressesFor, confinement } from './confinement.js';
import type { SentinelWork } from './sentinel-work.js';

const STOP_TIMEOUT_S = 5;
/** Nothing is kept there: without it the image would make a volume without a name. */
const DATA_BYTES = 1024 * 1024;

export function sentinelSpec(work: SentinelWork): ContainerSpec {
  const { topology, access, node, port, host, observed, user } = work;
  const { name, dir } = topology;
  const [conf] = volumesOf(name, node.name);
  const [folder] = foldersOf(dir ?? '', node.name);
  const [control] = networksOf(name);
  return {
    name: containerName(name, node.name),
    image: topology.image,
    // Images have the server alone: it is a sentinel by this word.
    command: [observed.image?.command[0] ?? 'redis-server', SENTINEL_CONF_FILE, '--sentinel'],
    user,
    labels: {
      ...containerLabels(topology, node, { port, host }, 'sentinel'),
      ...(access === null ? {} : { [LABEL.access]: 'files' }),
    },
    mounts: [
      dir === null
        ? { kind: 'volume', source: conf.name, target: CONF_FOLDER }
        : { kind: 'folder', source: folder, target: CONF_FOLDER },
      { kind: 'tmpfs', bytes: DATA_BYTES, target: DATA_FOLDER },
    ],
    networks: [{ name: control, aliases: [] }],
    publish: {
      hostIps: addressesFor(topology.containers.bind),
      hostPort: port,
      containerPort: SENTINEL_PORT,
    },
    stopTimeoutS: STOP_TIMEOUT_S,
    ...confinement(topology.containers, user ?? observed.image?.user ?? ''),
  };
}
