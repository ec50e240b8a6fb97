/** Each node with what it is to be, what there is of it and what differs. Pure. */
import { withoutAccess } from '../access/conf-lines.js';
import type { ObservedNode } from '../docker/observe.js';
import { canRead } from '../redis/rdb-format.js';
import type { Topology, TopologyNode } from '../topology/topology.js';
import type { Patient } from './heal-roles.js';
import { NO_CHANGE, type NodeChange, nodeChange, nodeConf } from './node-change.js';
import type { Observed } from './observed.js';

export interface NodeWork {
  readonly topology: Topology;
  readonly node: TopologyNode;
  readonly port: number;
  readonly existing: ObservedNode | undefined;
  readonly patient: Patient | undefined;
  readonly change: NodeChange;
  readonly observed: Observed;
}

export function workOn(
  topology: Topology,
  node: TopologyNode,
  observed: Observed,
  ports: ReadonlyMap<string, number>,
): NodeWork {
  const existing = observed.topology.nodes.find(({ name }) => name === node.name);
  const patient = observed.patients.find(({ name }) => name === node.name);
  const container = existing?.container ?? null;
  const port = ports.get(node.name) ?? 0;
  const wanted = topology.nodes.some(({ name }) => name === node.name);
  const change =
    container === null || !wanted
      ? NO_CHANGE
      : nodeChange(topology, node, { container, port, config: patient?.config ?? null });
  return { topology, node, port, existing, patient, change, observed };
}

export const stateOf = ({ existing }: NodeWork): string | null =>
  existing?.container?.state ?? null;

/** It can be changed where it stands: nobody reads from it or writes to it. */
export const isDown = (work: NodeWork): boolean =>
  [null, 'created', 'exited', 'dead'].includes(stateOf(work));

export const mustStop = (work: NodeWork): boolean =>
  !isDown(work) && (work.change.way === 'restart' || work.change.way === 'recreate');

/** A replica that ran a newer server than the image has: what it saved is a copy, and can't be read. */
export function holdsUnreadableCopy({ node, patient, observed }: NodeWork): boolean {
  const writer = patient?.server?.software;
  const reader = observed.imageServer;
  return node.upstream !== null && writer && reader ? !canRead(reader, writer) : false;
}

/** Its redis.conf, without what is secret: that is added where the file is written. */
export const nodeText = ({ topology, node, port, patient, observed }: NodeWork): string =>
  withoutAccess(nodeConf(topology, node, port, patient?.config ?? null), observed.access);

/** Files on the host belong to whoever runs rrepl, so the server runs as them too. */
export const startUser = ({ topology, observed }: NodeWork): string | null =>
  topology.dir === null ? null : observed.owner;

/** Whom the container starts as, so whose its redis.conf must be; null where that is root. */
export const fileUser = (work: NodeWork): string | null =>
  startUser(work) ?? (work.observed.image?.user || null);
