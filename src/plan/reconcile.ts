/**
 * The planner: what is wanted, what is there, and so what to do. Pure; the only place
 * that decides. Nodes that exist as wished are left alone; what is missing is created, what is
 * stopped, paused or cut off is brought back, what differs is changed, what is too much goes.
 */
import { networkLabels, networksOf } from '../docker/labels.js';
import type { ObservedNode, ObservedTopology } from '../docker/observe.js';
import { InvalidTopologyError, type Problem } from '../errors.js';
import { quoted } from '../format.js';
import type { Topology } from '../topology/topology.js';
import { planAuthority, planKeyRemoval } from './authority.js';
import { recordedMaster } from './copies.js';
import { planCreation } from './creation.js';
import { Draft, planWaits } from './draft.js';
import { expiryLabels, expiryNotes } from './expiry.js';
import { planPromotion } from './failover.js';
import { foreignProblems } from './foreign.js';
import { planReturn } from './heal.js';
import { type HealedRoles, healRoles } from './heal-roles.js';
import type { NodeFacts } from './node-facts.js';
import {
  candidatesAmong,
  comesBackFirst,
  isDown,
  mustStop,
  type NodeWork,
  stateOf,
  workOn,
} from './node-work.js';
import type { Observed } from './observed.js';
import type { Plan } from './plan.js';
import { choosePorts, knownPorts } from './ports.js';
import { noCandidate, refusals, warnings } from './refusals.js';
import { planRemoval, strayRemovals } from './removal.js';
import { rolesAmong } from './roles.js';
import { planRolling } from './rolling.js';
import { accessProblems, planChannels } from './security.js';
import { isContained, planSetAsideOfLiving } from './set-aside.js';
import { planSettings, planTrial } from './settings.js';
import { sharedFolderProblems } from './shared-folder.js';
import { UndecidedError } from './undecided.js';
import { wishWarnings } from './warnings.js';

/** Throws `InvalidTopologyError` with every reason why the wish can't be fulfilled. */
export function reconcile(topology: Topology, observed: Observed): Plan {
  const existing = new Map(observed.topology.nodes.map((node) => [node.name, node]));
  const healed = healRoles(observed.nodeFacts, topology.master ?? null);
  if (healed.undecided.length > 0) {
    throw new UndecidedError(topology.name, healed.undecided, topology.dir);
  }
  const roles = rolesAmong(topology, [...existing.keys()], healed.upstreams);
  const choice = choosePorts(topology, knownPorts(observed), observed.takenPorts);
  const master = observed.nodeFacts.find(({ name }) => name === roles.nodes[0]?.name);
  const settled = { ports: choice.ports, master };
  const works = roles.nodes.map((node) => workOn(topology, node, observed, settled));
  const problems = [
    ...choiceProblems(topology, observed, healed),
    ...sharedFolderProblems(topology, observed.sharers),
    ...choice.problems,
    ...refusals(works),
    ...noCandidate(works, roles.leaving),
    ...lastCopies(topology, observed, { leaving: roles.leaving, master }),
    ...accessProblems(topology, observed),
    ...foreignProblems(topology.name, observed.foreign),
  ];
  if (problems.length > 0) throw new InvalidTopologyError(problems);

  const draft = new Draft(expiryLabels(topology, observed.topology));
  for (const step of strayRemovals(observed.topology)) draft.push(step);
  planImage(draft, topology, observed);
  planNetworks(draft, topology, observed);
  planSetAsideOfLiving(draft, topology.name, observed.nodeFacts, master, choice.ports);
  planAuthority(draft, topology, observed);
  planTrial(draft, works);
  for (const work of works) {
    const { node, port } = work;
    if (node.name === healed.promoted)
      planPromotion(draft, topology.name, { node: node.name, port });
    planNode(draft, work, works);
    planWaits(draft, topology.name, node, choice.ports);
  }
  const leaving = [...existing.values()].filter(({ name }) => roles.leaving.has(name));
  planChanges(draft, topology.name, works, leaving, choice.ports);
  planChannels(draft, works);
  planKeyRemoval(draft, topology, observed);
  planRecordEnd(draft, observed.topology);
  return {
    topology: topology.name,
    steps: draft.steps,
    notes: [
      ...new Set([
        ...healed.notes,
        ...(master && recordedMaster(master) ? roles.notes : []),
        ...choice.notes,
        ...warnings(works, leaving),
        ...wishWarnings(
          topology,
          draft.steps,
          works.map(({ change }) => change),
        ),
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
    candidates: candidatesAmong(works).map(({ node }) => node),
    due: new Map(
      works
        .filter((work) => mustStop(work) || comesBackFirst(work, works))
        .map(({ node, change }) => [node.name, change]),
    ),
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

function planNode(draft: Draft, work: NodeWork, works: readonly NodeWork[]): void {
  const { node, existing, facts, master, change } = work;
  // A container that was never started may lack its redis.conf.
  const configured = existing?.container && stateOf(work) !== 'created';
  const inPlace = isDown(work) && change.way !== 'none' && !comesBackFirst(work, works);
  if (existing && facts && configured && !inPlace)
    planReturn(draft, work.observed.topology, node, existing, { facts, master });
  else planCreation(draft, work, change.cause || whatIsMissing(existing));
}

function whatIsMissing(existing: ObservedNode | undefined): string {
  if (existing === undefined) return 'missing';
  return existing.container ? 'it was never started' : 'its container is gone, its files are there';
}

/** The record of the last `down` has been read, and is out of date from now on. */
function planRecordEnd(draft: Draft, { record }: ObservedTopology): void {
  if (record === null) return;
  draft.push({
    id: `removeVolume ${record.name}`,
    after: draft.all(),
    kind: 'removeVolume',
    resource: record.name,
    cause: 'what `down` kept is in use again',
  });
}

interface Leaving {
  readonly leaving: ReadonlySet<string>;
  readonly master: NodeFacts | undefined;
}

/** A node that leaves takes its volumes along, so it must hold nothing that the master isn't known to have. */
function lastCopies(
  { name: topology }: Topology,
  { nodeFacts, setAside }: Observed,
  { leaving, master }: Leaving,
): Problem[] {
  const going = nodeFacts.filter((it) => leaving.has(it.name) && it !== master);
  return going.flatMap((facts): Problem[] => {
    const { name } = facts;
    const source = `topology ${topology}`;
    if (setAside.has(name)) {
      const message = `${name} would go with data that are set aside on it: \`rrepl restore ${name} --name ${topology}\` puts them back, \`rrepl restore ${name} --discard --name ${topology}\` removes them`;
      return [{ source, message }];
    }
    if (master === undefined || isContained(facts, master)) return [];
    const message = `${name} would go with its data, and ${master.name} is not known to have all of them: \`rrepl heal --name ${topology}\` brings it into line, and sets them aside`;
    return [{ source, message }];
  });
}

/** What is wrong with the node that the user chose to lead. */
function choiceProblems(
  { name, master }: Topology,
  { nodeFacts }: Observed,
  { upstreams }: HealedRoles,
): Problem[] {
  if (master === undefined || upstreams.get(master) === null) return [];
  const living = [...upstreams].find(([, upstream]) => upstream === null)?.[0];
  const names = nodeFacts.map((it) => it.name).join(', ');
  const message = nodeFacts.some((it) => it.name === master)
    ? `${living} is a living master: \`rrepl switchover ${master} --name ${name}\` moves the role without losing a write`
    : `there is no node ${quoted(master)}; ${names === '' ? 'nothing of this topology is there yet' : `its nodes are ${names}`}`;
  return [{ source: '--master', message }];
}
