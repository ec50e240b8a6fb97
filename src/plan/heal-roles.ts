/**
 * The roles of nodes that are there, whatever happened to them: a failover that was broken off,
 * a master that died, one that woke up after it was replaced. Pure.
 */

import { recordIn } from '../config/wish-record.js';
import { isRead, type ObservedNode, recordedUpstream } from '../observe/observed.js';
import type { Claimant } from './choice.js';
import { chooseMaster } from './choose-master.js';

export interface HealedRoles {
  /** Upstream of every node that is there; null for the master. Empty if no master can be told. */
  readonly upstreams: ReadonlyMap<string, string | null>;
  readonly master: string | null;
  /** The node that the user chose to lead, if any. */
  readonly wanted: string | null;
  /** True if only that makes it the master. */
  readonly chosen: boolean;
  /** The replica that must be promoted, if the master is lost. */
  readonly promoted: string | null;
  /** Nodes of which each may be the one whose data count, and nothing tells which: taking one loses what only another has. */
  readonly undecided: readonly Claimant[];
  readonly notes: readonly string[];
}

/**
 * @param wanted the node that the user chose to lead, if any
 * @param elected whom the sentinels take for the master, where they decide
 */
export function healRoles(
  all: readonly ObservedNode[],
  wanted: string | null = null,
  elected: string | null = null,
): HealedRoles {
  const nodes = all.filter(isRead);
  const { master, promoted, notes, undecided } = chooseMaster(nodes, wanted, elected);
  const upstreams = master === null ? new Map() : upstreamsUnder(nodes, master);
  const chosen = wanted !== null && chooseMaster(nodes, null, elected).master !== master;
  return { upstreams, master, wanted, chosen, promoted, undecided, notes };
}

/** Whom each of them follows where this one leads; null for itself. */
export function upstreamsUnder(
  all: readonly ObservedNode[],
  master: string,
): ReadonlyMap<string, string | null> {
  const nodes = all.filter(isRead);
  const upstreams = new Map<string, string | null>([[master, null]]);
  for (const node of nodes) {
    if (node.name !== master) upstreams.set(node.name, upstreamFor(node, nodes, master));
  }
  breakCycles(upstreams, master);
  return upstreams;
}

/**
 * A replica keeps its upstream if that is another replica; whatever followed a former master follows the master,
 * also if the former one is a replica by now.
 */
function upstreamFor(node: ObservedNode, nodes: readonly ObservedNode[], master: string): string {
  const current = trusted(node);
  const upstream = nodes.find(({ name }) => name === current);
  const isReplica =
    upstream !== undefined && upstream.name !== master && roleOf(upstream) === 'replica';
  return isReplica && !wasMeantToLead(upstream, node) ? upstream.name : master;
}

/** By their records: a replica that was paused or cut off while the role moved has followed its old upstream on. */
const wasMeantToLead = (upstream: ObservedNode, node: ObservedNode): boolean =>
  wishedUpstream(upstream) === null && wishedUpstream(node) === upstream.name;

/** Undefined if its file doesn't say. */
const wishedUpstream = ({ config }: ObservedNode): string | null | undefined =>
  config === null ? undefined : recordIn(config).upstream;

const roleOf = (node: ObservedNode): 'master' | 'replica' => {
  if (node.server !== null) return node.server.replication.role;
  return recordedUpstream(node) === null ? 'master' : 'replica';
};

/**
 * Whom it follows by name. An address may have been another node's when it was written, so a
 * replica that goes by one that can change is no part of a chain that anybody asked for.
 */
function trusted(node: ObservedNode): string | null {
  if (node.server === null) return recordedUpstream(node);
  const host = node.server.replication.link?.host ?? '';
  return (node.names?.get(host) ?? host) === node.upstream ? node.upstream : null;
}

function breakCycles(upstreams: Map<string, string | null>, master: string): void {
  for (const name of upstreams.keys()) {
    const seen = new Set([name]);
    for (let at = upstreams.get(name) ?? null; at !== null; at = upstreams.get(at) ?? null) {
      if (seen.has(at)) upstreams.set(name, master);
      if (seen.has(at) || at === master) break;
      seen.add(at);
    }
  }
}
