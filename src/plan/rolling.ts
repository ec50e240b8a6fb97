/**
 * Changes that a server must be stopped for, one node at a time, so that the topology goes on
 * taking writes: replicas first, those furthest from the master before their upstreams, because
 * an older server can't read what a newer one sends. Then the role moves to a replica, and the
 * old master comes back as one, or goes. Pure.
 */
import { containerName } from '../docker/names.js';
import type { EngineNode } from '../docker/topologies.js';
import type { TopologyNode } from '../topology/topology.js';
import { type Draft, planSync, planWaits } from './draft.js';
import { planHandover } from './failover.js';
import type { NodeChange } from './node-change.js';
import type { SentinelMember } from './plan.js';
import { planRemoval } from './removal.js';

export interface Rolling {
  readonly topology: string;
  /** Master first, every replica after its upstream. */
  readonly nodes: readonly TopologyNode[];
  readonly ports: ReadonlyMap<string, number>;
  readonly sentinels: readonly SentinelMember[];
  /** The replicas of the master that it may hand over to, the best first. */
  readonly candidates: readonly TopologyNode[];
  /** The nodes that must be stopped. */
  readonly due: ReadonlyMap<string, NodeChange>;
  /** The master, if it is wanted no more; else null. */
  readonly leaves: EngineNode | null;
  /** Plans what the stopped node needs, up to its start. */
  readonly renew: (node: TopologyNode, change: NodeChange) => void;
}

export function planRolling(draft: Draft, rolling: Rolling): void {
  const [master, ...replicas] = rolling.nodes;
  if (master === undefined) return;
  for (const replica of replicas.toReversed()) planTurn(draft, rolling, replica);
  const { leaves } = rolling;
  const cause = leaves ? 'wanted no more' : rolling.due.get(master.name)?.cause;
  if (cause === undefined) return;
  const [next] = rolling.candidates;
  if (next === undefined) {
    planTurn(draft, rolling, master);
    return;
  }
  planSwitchover(draft, rolling, master, next, cause);
  if (leaves) planRemoval(draft, rolling.topology, leaves);
  else planTurn(draft, rolling, { ...master, upstream: next.name });
}

function planTurn(draft: Draft, rolling: Rolling, node: TopologyNode): void {
  const { topology, nodes, ports, due } = rolling;
  const change = due.get(node.name);
  if (change === undefined) return;
  draft.push({
    id: `stop ${node.name}`,
    after: draft.all(),
    kind: 'stopContainer',
    resource: containerName(topology, node.name),
    cause: change.cause,
    node: node.name,
  });
  rolling.renew(node, change);
  const turn = `after ${node.name}`;
  planWaits(draft, topology, node, ports, turn);
  if (nodes[0]?.name === node.name) return;
  // Its own replicas have lost their link meanwhile.
  for (const follower of nodes.filter(({ upstream }) => upstream === node.name))
    planSync(draft, topology, follower, ports, { moment: turn });
}

function planSwitchover(
  draft: Draft,
  { topology, nodes, ports, sentinels }: Rolling,
  master: TopologyNode,
  next: TopologyNode,
  cause: string,
): void {
  const server = ({ name }: TopologyNode) => ({ node: name, port: ports.get(name) ?? 0 });
  const others = nodes.filter((it) => it.upstream === master.name && it !== next);
  const servers = { master: server(master), next: server(next), others: others.map(server) };
  planHandover(draft, { topology, ...servers, sentinels, cause });
  for (const { name } of others) {
    const node = { name, upstream: next.name };
    planSync(draft, topology, node, ports, { moment: 'after switchover' });
  }
}
