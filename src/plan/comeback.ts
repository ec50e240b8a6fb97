/**
 * How a node that is started, woken or joined again comes back. A former master must not be a
 * second one, and one whose disk has less than its replicas hold must not empty them. Pure.
 */

import { hostsIn } from '../docker/topologies.js';
import { isRead, type Observed, type ObservedNode, recordedMaster } from '../observe/observed.js';
import { diskCopy, placeText } from './copies.js';
import { Draft, planWaits, portsOf } from './draft.js';
import { healRoles } from './heal-roles.js';
import type { Plan } from './plan.js';
import { planReturn } from './return.js';
import { isContained, planSetAsideOfLiving, wakesAlone } from './set-aside.js';

export type Comeback =
  | { readonly way: 'as it is' }
  /** It is woken without its link first: what it has in memory decides the rest. */
  | { readonly way: 'alone' }
  /** Of the master that there is. */
  | { readonly way: 'as a replica'; readonly plan: Plan }
  /** Than others have, whose master it is. `plan` sets aside what it would empty; `loss` says what that is. */
  | { readonly way: 'with less'; readonly plan: Plan; readonly loss: string };

const AS_IT_IS: Comeback = { way: 'as it is' };

export function comeback(observed: Observed, name: string): Comeback {
  const { nodes } = observed;
  const roles = healRoles(nodes);
  const node = nodes.find((it) => it.name === name);
  const master = nodes.find((it) => it.name === roles.master);
  if (node === undefined) return AS_IT_IS;
  const wasMaster = node.server?.replication.role === 'master' || recordedMaster(node);
  if (!recordedMaster(node) && wakesAlone(node, master)) return { way: 'alone' };
  const living = nodes.find((it) => it !== node && it.server?.replication.role === 'master');
  if (living !== undefined && roles.master !== name) {
    if (!wasMaster && isContained(node, living)) return AS_IT_IS;
    const upstream = roles.upstreams.get(name) ?? living.name;
    return { way: 'as a replica', plan: asReplica(observed, node, { upstream, master }) };
  }
  if (node.server !== null || !recordedMaster(node)) return AS_IT_IS;
  return roles.master === name ? AS_IT_IS : withLess(observed, node);
}

interface Above {
  readonly upstream: string;
  readonly master: ObservedNode | undefined;
}

function asReplica(observed: Observed, existing: ObservedNode, { upstream, master }: Above): Plan {
  const { name: topology } = observed;
  const { name } = existing;
  const ports = portsOf(observed);
  const draft = new Draft(hostsIn(observed));
  const node = { name, upstream, directives: [] };
  planSetAsideOfLiving(draft, topology, [existing], master, ports);
  planReturn(draft, observed, node, { existing, master, address: existing.fixedAddress });
  planWaits(draft, topology, node, ports);
  const text = `${name} comes back as a replica of ${upstream}: ${master?.name} is the master`;
  return { topology, steps: draft.steps, first: [], notes: [{ text }] };
}

function withLess(observed: Observed, node: ObservedNode): Comeback {
  const { name: topology, nodes } = observed;
  const draft = new Draft();
  planSetAsideOfLiving(draft, topology, nodes, node, portsOf(observed));
  const lines = nodes.filter(isRead).map((it) => `\n  ${it.name} ${holding(it)}`);
  return {
    way: 'with less',
    plan: { topology, steps: draft.steps, first: [], notes: [] },
    loss: `${node.name} is not known to come back with all that the others hold, and as their master it would empty them:${lines.join('')}`,
  };
}

function holding(node: ObservedNode): string {
  if (node.server !== null) return `answers; ${placeText(node.server.replication)}`;
  return `is ${node.state}; ${diskCopy(node)?.text ?? 'its disk was not read'}`;
}
