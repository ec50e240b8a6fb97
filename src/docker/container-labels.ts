/** What the labels of a node's container say, or which of them says nothing. Pure. */
import { isAbsolute } from 'node:path/posix';
import { isHostNumber } from '../topology/subnets.js';
import { type ContainerWish, RESTART_POLICIES, UNLIMITED } from '../topology/topology.js';
import { LABEL, LABELS_VERSION } from './labels.js';
import type { ContainerSummary, Labels } from './runtime.js';

/** What is absent or unreadable is null: `unreadableLabel` tells the two apart. */
interface NodeLabels {
  /** On the host. */
  readonly port: number | null;
  /** Among the hosts of the replication network's subnet. */
  readonly host: number | null;
  readonly image: string | null;
  readonly dir: string | null;
  readonly containers: ContainerWish | null;
}

export const nodeLabels = (labels: Labels): NodeLabels => ({
  port: portIn(labels[LABEL.port]),
  host: hostIn(labels[LABEL.host]),
  image: labels[LABEL.image] || null,
  dir: folderIn(labels[LABEL.dir]),
  containers: containersIn(labels[LABEL.containers]),
});

/** The name it was made with: the engine shows an id as soon as the name means another image. */
export const imageOfContainer = ({ labels, image }: ContainerSummary): string =>
  nodeLabels(labels).image ?? image;

/** One that rrepl has not written: `dev.rrepl.port=http`. */
export function unreadableLabel(labels: Labels): string | null {
  const read = nodeLabels(labels);
  const fields = ['port', 'host', 'image', 'dir', 'containers'] as const;
  const [field] = fields.filter((it) => LABEL[it] in labels && read[it] === null);
  return field === undefined ? null : `${LABEL[field]}=${labels[LABEL[field]]}`;
}

/** The version of labels that only another rrepl can read. */
export function unknownVersion(labels: Labels): string | null {
  const version = labels[LABEL.version] ?? '1';
  return /^[1-9]\d{0,3}$/.test(version) && Number(version) <= LABELS_VERSION ? null : version;
}

function portIn(label = ''): number | null {
  const port = Number(label);
  return /^\d{1,5}$/.test(label) && port > 0 && port < 65_536 ? port : null;
}

function hostIn(label = ''): number | null {
  const host = Number(label);
  return /^\d{1,3}$/.test(label) && isHostNumber(host) ? host : null;
}

const folderIn = (label = ''): string | null =>
  isAbsolute(label) || /^[A-Za-z]:[\\/]/.test(label) ? label : null;

/** Fields that are not there hold what held before they were. */
function containersIn(label: string | undefined): ContainerWish | null {
  const said = parsed(label);
  if (said === null) return null;
  const { restart, memoryBytes, cpus, bind }: Record<keyof ContainerWish, unknown> = {
    ...UNLIMITED,
    ...said,
  };
  const policy = RESTART_POLICIES.find((it) => it === restart);
  const isLimit = (value: unknown) =>
    value === null || (typeof value === 'number' && Number.isFinite(value) && value > 0);
  if (policy === undefined || !isLimit(memoryBytes) || !isLimit(cpus)) return null;
  if (typeof bind !== 'string' || bind === '') return null;
  return {
    restart: policy,
    memoryBytes: memoryBytes as number | null,
    cpus: cpus as number | null,
    bind,
  };
}

function parsed(label = ''): object | null {
  try {
    const value: unknown = JSON.parse(label);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
