/**
 * Who replicates from whom. Roles move after `up` (a failover makes a replica the master),
 * and each node's mounted redis.conf records it. So what is recorded wins over the wish, as
 * long as it makes sense for the nodes that are wanted.
 */
import type { Topology, TopologyNode } from '../topology/topology.js';

/** Upstream of each node as its mounted redis.conf says; null for a master. */
export type RecordedRoles = ReadonlyMap<string, string | null>;

export interface Roles {
  /** Master first, every replica after its upstream. */
  readonly nodes: readonly TopologyNode[];
  readonly notes: readonly string[];
}

export function chooseRoles(topology: Topology, recorded: RecordedRoles): Roles {
  const wished = topology.nodes;
  const wishedMaster = wished.find((node) => node.upstream === null)?.name;
  const masters = wished.filter((node) => recorded.get(node.name) === null);
  const master = masters[0];
  if (masters.length !== 1 || master === undefined) return { nodes: wished, notes: [] };

  const upstreamOf = (node: TopologyNode): string | null => {
    const known = recorded.get(node.name);
    if (known !== undefined) return known;
    if (node.upstream === null || node.upstream === wishedMaster) return master.name;
    return node.upstream;
  };
  const nodes = inOrder(wished.map((node) => ({ ...node, upstream: upstreamOf(node) })));
  if (nodes === null) return { nodes: wished, notes: [] };
  const moved = master.name !== wishedMaster;
  return {
    nodes,
    notes: moved ? [`${master.name} stays the master: its redis.conf says that it is`] : [],
  };
}

/** Sorts upstreams before their replicas; null if an upstream is unknown or the chain is a cycle. */
export function inOrder(nodes: readonly TopologyNode[]): TopologyNode[] | null {
  const ordered: TopologyNode[] = [];
  const placed = new Set<string | null>([null]);
  while (ordered.length < nodes.length) {
    const next = nodes.filter((node) => !placed.has(node.name) && placed.has(node.upstream));
    if (next.length === 0) return null;
    for (const node of next) {
      ordered.push(node);
      placed.add(node.name);
    }
  }
  return ordered;
}
