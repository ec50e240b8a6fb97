/**
 * Brings back what is there: nodes that are stopped, paused or cut off, roles that a failover
 * left half done, settings that a switchover left changed. Pure.
 */
import { hostsIn } from '../docker/topologies.js';
import type { ObservedTopology } from '../observe/observed.js';
import type { TopologyNode } from '../topology/topology.js';
import { Draft, planWaits, portsOf } from './draft.js';
import { awaitElection, electedIn } from './election.js';
import { planPromotion } from './failover.js';
import { type Gone, whatIsGone } from './gone.js';
import { healRoles } from './heal-roles.js';
import type { Plan } from './plan.js';
import { firstLook } from './preparation.js';
import { planReturn } from './return.js';
import { inOrder } from './roles.js';
import { planSentinelHealing } from './sentinel-healing.js';
import { planSetAsideOfLiving } from './set-aside.js';
import { UndecidedError } from './undecided.js';
import { refuseUnloadable } from './unloadable.js';

export interface HealingPlan extends Plan {
  /** What is not there, and so can't be healed. */
  readonly gone: Gone;
}

/** The plan of `rrepl heal`: every container that is there, and no other. Without a network there is nothing to do. */
export function heal(observed: ObservedTopology): HealingPlan {
  const gone = whatIsGone(observed);
  // A container can't be attached to a network that isn't there.
  const nothing = { topology: observed.name, steps: [], first: [], notes: [] };
  return { ...(gone.networks.length > 0 ? nothing : healThere(observed)), gone };
}

function healThere(observed: ObservedTopology): Plan {
  const { name: topology } = observed;
  const election = awaitElection(observed);
  if (election !== null) return election;
  const roles = healRoles(observed.nodes, null, electedIn(observed));
  if (roles.undecided.length > 0) throw new UndecidedError(topology, roles.undecided);
  const master = observed.nodes.find(({ name }) => name === roles.master);
  refuseUnloadable(topology, master);
  const nodes = inOrder(
    [...roles.upstreams].map(
      ([name, upstream]): TopologyNode => ({ name, upstream, directives: [] }),
    ),
  );
  const draft = new Draft(hostsIn(observed));
  const ports = portsOf(observed);
  planSetAsideOfLiving(draft, topology, observed.nodes, master, ports);
  for (const node of nodes ?? []) {
    const { name } = node;
    const existing = observed.nodes.find((it) => it.name === name);
    if (name === roles.promoted)
      planPromotion(draft, topology, { node: name, port: ports.get(name) ?? 0 });
    if (existing) {
      const address = existing.fixedAddress;
      planReturn(draft, observed, node, { existing, master, address });
    }
    planWaits(draft, topology, node, ports);
  }
  planSentinelHealing(draft, observed, nodes ?? []);
  return {
    topology,
    steps: draft.steps,
    first: firstLook(draft.steps, observed),
    notes: roles.notes.map((text) => ({ text })),
  };
}
