/**
 * The roles of nodes that are there, whatever happened to them: a failover that was broken off,
 * a master that died, one that woke up after it was replaced. Pure.
 */
import { type Claimant, chooseMaster } from './choose-master.js';
import { recordedUpstream } from './copies.js';
import type { NodeFacts } from './node-facts.js';

export interface HealedRoles {
  /** Upstream of every node that is there; null for the master. Empty if no master can be told. */
  readonly upstreams: ReadonlyMap<string, string | null>;
  /** The replica that must be promoted, if the master is lost. */
  readonly promoted: string | null;
  /** Nodes of which each may be the one whose data count, and nothing tells which: taking one loses what only another has. */
  readonly undecided: readonly Claimant[];
  readonly notes: readonly string[];
}

/** @param wanted the node that the user chose to lead; null if none. */
export function healRoles(
  nodeFacts: readonly NodeFacts[],
  wanted: string | null = null,
): HealedRoles {
  const { master, promoted, notes, undecided } = chooseMaster(nodeFacts, wanted);
  if (master === null) return { upstreams: new Map(), promoted: null, undecided, notes };
  const upstreams = new Map<string, string | null>([[master, null]]);
  for (const facts of nodeFacts) {
    if (facts.name !== master) upstreams.set(facts.name, upstreamFor(facts, nodeFacts, master));
  }
  return { upstreams: breakCycles(upstreams, master), promoted, undecided, notes };
}

/** A replica keeps its upstream if that is another replica; whatever followed a former master follows the master. */
function upstreamFor(facts: NodeFacts, nodeFacts: readonly NodeFacts[], master: string): string {
  const current = trusted(facts);
  const upstream = nodeFacts.find(({ name }) => name === current);
  const isReplica =
    upstream !== undefined && upstream.name !== master && roleOf(upstream) === 'replica';
  return isReplica ? upstream.name : master;
}

const roleOf = (facts: NodeFacts): 'master' | 'replica' => {
  if (facts.server !== null) return facts.server.replication.role;
  return recordedUpstream(facts) === null ? 'master' : 'replica';
};

/**
 * Whom it follows by name. An address may have been another node's when it was written, so a
 * replica that goes by one is no part of a chain that anybody asked for.
 */
function trusted(facts: NodeFacts): string | null {
  if (facts.server === null) return recordedUpstream(facts);
  return facts.server.replication.link?.host === facts.upstream ? facts.upstream : null;
}

function breakCycles(upstreams: Map<string, string | null>, master: string) {
  for (const name of upstreams.keys()) {
    const seen = new Set([name]);
    for (let at = upstreams.get(name) ?? null; at !== null; at = upstreams.get(at) ?? null) {
      if (seen.has(at)) upstreams.set(name, master);
      if (seen.has(at) || at === master) break;
      seen.add(at);
    }
  }
  return upstreams;
}
