/** Each node with what it is to be, what there is of it and what differs. Pure. */
import { withoutAccess } from '../access/conf-lines.js';
import { canonicalName } from '../config/directives.js';
import { wishedDirectives } from '../config/wish-record.js';
import type { Hosts } from '../docker/topologies.js';
import type { ObservedForWish, ObservedNode } from '../observe/observed.js';
import { canReadFormat, rdbFormat, type Software } from '../redis/rdb-format.js';
import type { TopologyNode } from '../topology/topology.js';
import { type AddressChoice, addressOf, otherHostsOf } from './addresses.js';
import { holderOf } from './authority.js';
import { DEFAULT_PRIORITY } from './choose-candidate.js';
import type { Draft } from './draft.js';
import { NO_CHANGE, type NodeChange, nodeChange, nodeConf } from './node-change.js';
import type { Wanted } from './wanted.js';

export interface NodeWork extends Pick<Wanted, 'topology' | 'access'> {
  readonly node: TopologyNode;
  /** What servers call their upstreams, where that is not their names. */
  readonly hosts: Hosts;
  readonly port: number;
  /** Which host of the replication network's subnet it is to be, and so its address there; null for none that is fixed. */
  readonly host: number | null;
  readonly address: string | null;
  /** What clients call it beside its name and this machine's: its certificate is for these too. */
  readonly otherHosts: readonly string[];
  /** What there is of it. */
  readonly existing: ObservedNode | undefined;
  /** The node that will be the master. */
  readonly master: ObservedNode | undefined;
  readonly change: NodeChange;
  readonly observed: ObservedForWish;
}

/** What is decided for all nodes. */
export interface Settled {
  readonly ports: ReadonlyMap<string, number>;
  readonly hosts: Hosts;
  readonly addresses: AddressChoice;
  readonly master: ObservedNode | undefined;
}

export function workOn(
  { topology, access }: Wanted,
  node: TopologyNode,
  observed: ObservedForWish,
  { ports, hosts, addresses, master }: Settled,
): NodeWork {
  const existing = observed.nodes.find(({ name }) => name === node.name);
  const port = ports.get(node.name) ?? 0;
  const wanted = topology.nodes.some(({ name }) => name === node.name);
  const change =
    existing && existing.container !== null && wanted
      ? nodeChange(topology, node, existing, port)
      : NO_CHANGE;
  // Labels can't be changed: a container of an older rrepl has no number until it is made anew.
  const stays = existing?.container && change.way !== 'recreate';
  const isPlaced = !stays || existing.hostNumber !== null;
  const host = isPlaced ? (addresses.hosts.get(node.name) ?? null) : null;
  const address = isPlaced ? addressOf(addresses, node.name) : null;
  const otherHosts = otherHostsOf(topology, addresses, address);
  const its = { node, hosts, port, host, address, otherHosts };
  return { topology, access, ...its, existing, master, change, observed };
}

/** Its `replica-priority` once it is as wished: 0 is promoted only by name. */
function priorityOf({ topology, node, existing, change }: NodeWork): number {
  const isPriority = ({ name }: { readonly name: string }) =>
    canonicalName(name) === 'replica-priority';
  const seen = change.settings.some(isPriority) ? null : existing?.server?.replication.priority;
  const wished = wishedDirectives(topology, node).findLast(isPriority)?.args[0];
  return seen ?? Number(wished ?? DEFAULT_PRIORITY);
}

/** The master's own replicas that it may hand over to, the lowest priority number first. `works` begin with it. */
export function candidatesAmong([master, ...replicas]: readonly NodeWork[]): NodeWork[] {
  return replicas
    .filter((it) => it.node.upstream === master?.node.name && priorityOf(it) !== 0)
    .sort((a, b) => priorityOf(a) - priorityOf(b));
}

export const stateOf = ({ existing }: NodeWork): ObservedNode['state'] => existing?.state ?? 'gone';

/** It can be changed where it stands: nobody reads from it or writes to it. */
export const isDown = (work: NodeWork): boolean =>
  ['gone', 'created', 'exited', 'dead'].includes(stateOf(work));

export const mustStop = (work: NodeWork): boolean =>
  !isDown(work) && (work.change.way === 'restart' || work.change.way === 'recreate');

/**
 * A master that is down while others live comes back as it was, and changes its image in its
 * turn: a newer server above older ones would send them what they can't read.
 */
export const comesBackFirst = (work: NodeWork, works: readonly NodeWork[]): boolean =>
  work.node.upstream === null &&
  isDown(work) &&
  imageOfNode(work) !== work.topology.image &&
  works.some((other) => other !== work && !isDown(other));

/** The image that the node has run; the wanted one if nothing tells. */
const imageOfNode = ({ topology, existing }: NodeWork): string => existing?.image ?? topology.image;

/** A replica whose data a newer server has saved than the image has: they are a copy, and can't be read. */
export const holdsUnreadableCopy = (work: NodeWork): boolean =>
  work.node.upstream !== null && unreadableFormat(work) !== null;

/** The format that the node's data are in, if the image's server can't read it; else null. */
export function unreadableFormat({ existing, observed }: NodeWork): DataFormat | null {
  const reader = observed.imageServer;
  if (reader === null || existing === undefined) return null;
  const { server, disk } = existing;
  const formats = server
    ? [{ format: rdbFormat(server.software), writer: server.software }]
    : [disk?.rdb ?? null, disk?.aof ?? null].filter((it) => it !== null);
  return formats.find((it) => !canReadFormat(reader, it.format)) ?? null;
}

export interface DataFormat {
  readonly format: number | null;
  readonly writer: Software | null;
}

/** Its redis.conf, without what is secret: that is added where the file is written. */
export const nodeText = (work: NodeWork): string =>
  withoutAccess(nodeConf(work, work.existing?.config ?? null), {
    kept: work.observed.access,
    wanted: work.access,
  });

/** What its new text was made from, where that is the file that it goes over. */
const readText = (draft: Draft, work: NodeWork): string | null =>
  moves(work) || draft.rewrites(work.node.name) ? null : (work.existing?.config ?? null);

/** Its files are to lie elsewhere. */
export const moves = ({ topology, existing }: NodeWork): boolean =>
  (existing?.dir ?? null) !== topology.dir;

/** Files on the host belong to whoever runs rrepl, so the server runs as them too. */
export const startUser = ({ topology, observed }: NodeWork): string | null =>
  topology.dir === null ? null : observed.owner;

/** Whom the container starts as, so whose its redis.conf must be; null where that is root. */
const fileUser = (work: NodeWork): string | null =>
  startUser(work) ?? (work.observed.image?.user || null);

/** What a step that writes its redis.conf writes, and how. */
export const confOf = (draft: Draft, work: NodeWork) => ({
  kind: 'writeConfig' as const,
  otherHosts: work.otherHosts,
  holder: holderOf(work, work.observed),
  text: nodeText(work),
  over: readText(draft, work),
  access: work.access,
  user: fileUser(work),
});
