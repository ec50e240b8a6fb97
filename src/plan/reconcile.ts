/**
 * The planner: what is wanted, what is there, and so what to do. Pure; the only place
 * that decides. Nodes that exist as wished are left alone; what is missing is created, what is
 * stopped, paused or cut off is brought back, what differs is changed, what is too much goes.
 */
import { networkLabels, networksOf } from '../docker/labels.js';
import type { ObservedNode } from '../docker/observe.js';
import { InvalidTopologyError } from '../errors.js';
import type { Topology } from '../topology/topology.js';
import { planCreation } from './creation.js';
import { Draft, planWaits } from './draft.js';
import { expiring, expiryNotes } from './expiry.js';
import { foreignProblems } from './foreign.js';
import { planPromotion, planReturn } from './heal.js';
import { healRoles, undecidedProblem } from './heal-roles.js';
import { isDown, mustStop, type NodeWork, stateOf, workOn } from './node-work.js';
import type { Observed } from './observed.js';
import type { Plan } from './plan.js';
import { choosePorts, knownPorts } from './ports.js';
import { refusals, warnings } from './refusals.js';
import { planRemoval } from './removal.js';
import { rolesAmong } from './roles.js';
import { planRolling } from './rolling.js';
import { accessProblems, planChannels } from './security.js';
import { planSettings, planTrial } from './settings.js';
import { containerWarnings } from './warnings.js';

/** Throws `InvalidTopologyError` with every reason why the wish can't be fulfilled. */
export function reconcile(topology: Topology, observed: Observed): Plan {
  const existing = new Map(observed.topology.nodes.map((node) => [node.name, node]));
  const healed = healRoles(observed.patients);
  const recorded = new Map([...observed.recordedRoles, ...healed.upstreams]);
  const roles = rolesAmong(topology, [...existing.keys()], recorded);
  const choice = choosePorts(topology, knownPorts(observed), observed.takenPorts);
  const works = roles.nodes.map((node) => workOn(topology, node, observed, choice.ports));
  const problems = [
    ...choice.problems,
    ...refusals(works, observed),
    ...accessProblems(topology, observed),
    ...foreignProblems(topology.name, observed.foreign),
  ];
  if (healed.undecided.length > 0) {
    problems.push(undecidedProblem(topology.name, healed.undecided));
  }
  if (problems.length > 0) throw new InvalidTopologyError(problems);

  const draft = new Draft();
  planImage(draft, topology, observed);
  planNetworks(draft, topology, observed);
  planTrial(draft, works);
  for (const work of works) {
    const { node, port } = work;
    if (node.name === healed.promoted) planPromotion(draft, topology.name, node.name, port);
    planNode(draft, work);
    planWaits(draft, topology.name, node, choice.ports);
  }
  const leaving = [...existing.values()].filter(({ name }) => roles.leaving.has(name));
  planChanges(draft, topology.name, works, leaving, choice.ports);
  planChannels(draft, works);
  return {
    topology: topology.name,
    steps: expiring(draft.steps, topology, observed.topology),
    notes: [
      ...new Set([
        ...healed.notes,
        ...roles.notes,
        ...choice.notes,
        ...warnings(works, leaving),
        ...containerWarnings(topology, draft.steps),
        ...expiryNotes(draft.steps, topology, observed.topology),
      ]),
    ],
  };
}

/** What happens to nodes that run, once all are well. `works` begin with the master. */
function planChanges(
  draft: Draft,
  topology: string,
  works: readonly NodeWork[],
  leaving: readonly ObservedNode[],
  ports: ReadonlyMap<string, number>,
): void {
  planSettings(draft, works);
  const isMaster = ({ name }: ObservedNode) => name === works[0]?.node.name;
  for (const node of leaving) if (!isMaster(node)) planRemoval(draft, topology, node);
  planRolling(draft, {
    topology,
    nodes: works.map(({ node }) => node),
    ports,
    due: new Map(works.filter(mustStop).map(({ node, change }) => [node.name, change])),
    leaves: leaving.find(isMaster) ?? null,
    renew: (node, { cause }) => {
      const work = works.find((it) => it.node.name === node.name);
      if (work) planCreation(draft, { ...work, node }, cause);
    },
  });
}

function planImage(draft: Draft, { image }: Topology, observed: Observed): void {
  if (observed.image !== null) return;
  draft.push({
    id: `pullImage ${image}`,
    after: [],
    kind: 'pullImage',
    resource: image,
    cause: 'the engine does not have it',
  });
}

function planNetworks(draft: Draft, topology: Topology, { topology: seen }: Observed): void {
  for (const name of networksOf(topology.name)) {
    if (seen.networks.some((network) => network.name === name)) continue;
    draft.push({
      id: `createNetwork ${name}`,
      after: [],
      kind: 'createNetwork',
      resource: name,
      cause: 'missing',
      labels: networkLabels(topology.name, name),
    });
  }
}

function planNode(draft: Draft, work: NodeWork): void {
  const { node, existing, patient, change } = work;
  // A container that was never started may lack its redis.conf.
  const configured = existing?.container && stateOf(work) !== 'created';
  const inPlace = isDown(work) && change.way !== 'none';
  if (existing && patient && configured && !inPlace)
    planReturn(draft, work.observed.topology, node, existing, patient);
  else planCreation(draft, work, change.cause || whatIsMissing(existing));
}

function whatIsMissing(existing: ObservedNode | undefined): string {
  if (existing === undefined) return 'missing';
  return existing.container
    ? 'it was never started'
    : 'its container is gone, its volumes are there';
}
