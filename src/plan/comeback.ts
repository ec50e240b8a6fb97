/**
 * How a node that is started, woken or joined again comes back. A former master must not be a
 * second one, and one whose disk has less than its replicas hold must not empty them. Pure.
 */
import type { ObservedTopology } from '../docker/observe.js';
import { diskCopy, placeText, recordedMaster } from './copies.js';
import { Draft, planWaits } from './draft.js';
import { planReturn } from './heal.js';
import { healRoles } from './heal-roles.js';
import type { NodeFacts } from './node-facts.js';
import type { Plan } from './plan.js';
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

export function comeback(
  topology: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
  name: string,
): Comeback {
  const { upstreams } = healRoles(nodeFacts);
  const facts = nodeFacts.find((it) => it.name === name);
  const master = nodeFacts.find((it) => upstreams.get(it.name) === null);
  if (facts === undefined) return AS_IT_IS;
  const wasMaster = facts.server?.replication.role === 'master' || recordedMaster(facts);
  if (!recordedMaster(facts) && wakesAlone(facts, master)) return { way: 'alone' };
  const living = nodeFacts.find((it) => it !== facts && it.server?.replication.role === 'master');
  if (living !== undefined && upstreams.get(name) !== null) {
    if (!wasMaster && isContained(facts, living)) return AS_IT_IS;
    const upstream = upstreams.get(name) ?? living.name;
    return { way: 'as a replica', plan: asReplica(topology, facts, { upstream, master }) };
  }
  if (facts.server !== null || !recordedMaster(facts)) return AS_IT_IS;
  return upstreams.get(name) === null ? AS_IT_IS : withLess(topology, nodeFacts, facts);
}

const portsOf = ({ nodes }: ObservedTopology) =>
  new Map(nodes.map(({ name, port }) => [name, port ?? 0]));

interface Above {
  readonly upstream: string;
  readonly master: NodeFacts | undefined;
}

function asReplica(
  topology: ObservedTopology,
  facts: NodeFacts,
  { upstream, master }: Above,
): Plan {
  const { name } = facts;
  const draft = new Draft();
  const node = { name, upstream, directives: [] };
  const existing = topology.nodes.find((it) => it.name === name);
  planSetAsideOfLiving(draft, topology.name, [facts], master, portsOf(topology));
  if (existing) planReturn(draft, topology, node, existing, { facts, master });
  planWaits(draft, topology.name, node, portsOf(topology));
  const note = `${name} comes back as a replica of ${upstream}: ${master?.name} is the master`;
  return { topology: topology.name, steps: draft.steps, notes: [note] };
}

function withLess(
  topology: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
  facts: NodeFacts,
): Comeback {
  const draft = new Draft();
  planSetAsideOfLiving(draft, topology.name, nodeFacts, facts, portsOf(topology));
  const lines = nodeFacts.map((it) => `\n  ${it.name} ${holding(it)}`).join('');
  return {
    way: 'with less',
    plan: { topology: topology.name, steps: draft.steps, notes: [] },
    loss: `${facts.name} is not known to come back with all that the others hold, and as their master it would empty them:${lines}`,
  };
}

function holding(facts: NodeFacts): string {
  if (facts.server !== null) return `answers; ${placeText(facts.server.replication)}`;
  return `is ${facts.state}; ${diskCopy(facts)?.text ?? 'its disk was not read'}`;
}
