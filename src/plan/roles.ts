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

export interface RolesAmong extends Roles {
  /** Nodes that are there and wanted no more; a master among them stays until it has handed over. */
  readonly leaving: ReadonlySet<string>;
}

/** The same where there may be more nodes than are wanted. */
export function rolesAmong(
  topology: Topology,
  present: readonly string[],
  recorded: RecordedRoles,
): RolesAmong {
  const surplus = present.filter((name) => !topology.nodes.some((node) => node.name === name));
  const [first] = topology.nodes;
  const extra = surplus.map((name) => ({ name, upstream: first?.name ?? null, directives: [] }));
  const master = [...recorded].find(([, upstream]) => upstream === null)?.[0];
  if (master === undefined) {
    // Any of them may be the one with the data: that must be read from their files first.
    const all = { ...topology, nodes: [...topology.nodes, ...extra] };
    return { ...chooseRoles(all, recorded), leaving: new Set() };
  }
  const leaving = new Set(surplus);
  const isGone = (name: string) => leaving.has(name) && name !== master;
  const passedOn = (upstream: string | null): string | null =>
    upstream !== null && isGone(upstream) ? passedOn(recorded.get(upstream) ?? null) : upstream;
  const kept = [...recorded].filter(([name]) => !isGone(name));
  const nodes = [...topology.nodes, ...extra.filter(({ name }) => name === master)];
  const roles = chooseRoles(
    { ...topology, nodes },
    new Map(kept.map(([name, upstream]) => [name, passedOn(upstream)])),
  );
  return leaving.has(master) ? { ...roles, notes: [], leaving } : { ...roles, leaving };
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
