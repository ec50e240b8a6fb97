/**
 * The planner: what is wanted, what is there, and so what to do. Pure; the only place
 * that decides. Nodes that exist as wished are left alone; what is missing is created, what is
 * stopped, paused or cut off is brought back, what differs is changed, what is too much goes.
 */
import { networkLabels, networksOf } from '../docker/labels.js';
import type { EngineNode, EngineTopology } from '../docker/topologies.js';
import { InvalidTopologyError, type Problem } from '../errors.js';
import { quoted } from '../format.js';
import {
  isRead,
  type Observed,
  type ObservedForWish,
  type ObservedNode,
  type Surroundings,
} from '../observe/observed.js';
import type { Topology } from '../topology/topology.js';
import { planAuthority, planKeyRemoval } from './authority.js';
import { recordedMaster } from './copies.js';
import { planCreation } from './creation.js';
import { Draft, planWaits } from './draft.js';
import { expiryLabels, expiryNotes } from './expiry.js';
import { planPromotion } from './failover.js';
import { foreignProblems } from './foreign.js';
import {
  candidatesAmong,
  comesBackFirst,
  isDown,
  mustStop,
  type NodeWork,
  stateOf,
  workOn,
} from './node-work.js';
import type { Plan } from './plan.js';
import { choosePorts, knownPorts } from './ports.js';
import { preparation } from './preparation.js';
import { noCandidate, refusals, warnings } from './refusals.js';
import { planRemoval, strayRemovals } from './removal.js';
import { planReturn } from './return.js';
import { rolesAmong } from './roles.js';
import { planRolling } from './rolling.js';
import { accessProblems, planChannels } from './security.js';
import { isContained, planSetAsideOfLiving } from './set-aside.js';
import { planSettings, planTrial } from './settings.js';
import { sharedFolderProblems } from './shared-folder.js';
import { UndecidedError } from './undecided.js';
import type { Wanted } from './wanted.js';
import { wishWarnings } from './warnings.js';

export interface ReconcileOptions {
  /** The image counts as pulled, whatever the engine says: it is waited for once. */
  readonly pulled: boolean;
}

/**
 * @throws InvalidTopologyError with every reason why the wish can't be fulfilled
 * @throws UndecidedError if nothing tells whose data count
 */
export function reconcile(
  wanted: Wanted,
  observed: ObservedForWish,
  options: ReconcileOptions,
): Plan {
  const { topology, roles } = wanted;
  const { name } = topology;
  if (roles.undecided.length > 0) {
    throw new UndecidedError(name, roles.undecided, topology.dir);
  }
  const settled = settle(wanted, observed);
  const { works, leaving, master, ports } = settled;
  const problems = [
    ...settled.problems,
    ...refusals(works),
    ...noCandidate(works, leaving),
    ...lastCopies(observed, settled),
    ...accessProblems(wanted, observed),
    ...foreignProblems(name, observed.foreign),
  ];
  if (problems.length > 0) throw new InvalidTopologyError(problems);

  const draft = new Draft(expiryLabels(topology, observed));
  for (const step of strayRemovals(observed)) draft.push(step);
  planImage(draft, topology, observed);
  planNetworks(draft, topology, observed);
  planSetAsideOfLiving(draft, name, observed.nodes, master, ports);
  planAuthority(draft, wanted, observed);
  planTrial(draft, works);
  for (const work of works) {
    const { node, port } = work;
    if (node.name === roles.promoted) planPromotion(draft, name, { node: node.name, port });
    planNode(draft, work, works);
    planWaits(draft, name, node, ports);
  }
  const goes = observed.nodes.filter((it) => leaving.has(it.name));
  planChanges(draft, name, works, goes, ports);
  planChannels(draft, works);
  planKeyRemoval(draft, topology, observed);
  planRecordEnd(draft, observed);
  const { steps } = draft;
  const notes = [
    ...settled.notes,
    ...warnings(works, goes),
    ...wishWarnings(topology, steps, works),
    ...expiryNotes(steps, topology, observed),
  ];
  return {
    topology: name,
    steps,
    first: preparation(steps, observed, options),
    notes: [...new Set(notes)],
  };
}

/** What is decided before a step is planned: ports, and who follows whom. */
interface Settlement {
  readonly works: readonly NodeWork[];
  readonly master: ObservedNode | undefined;
  readonly ports: ReadonlyMap<string, number>;
  /** Nodes that are there and wanted no more. */
  readonly leaving: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

function settle(wanted: Wanted, observed: ObservedForWish): Settlement {
  const { topology, roles } = wanted;
  const present = observed.nodes.map(({ name }) => name);
  const { nodes, leaving, notes } = rolesAmong(topology, present, roles.upstreams);
  const choice = choosePorts(topology, knownPorts(observed), observed.takenPorts);
  const { ports } = choice;
  const master = observed.nodes.find(({ name }) => name === nodes[0]?.name);
  return {
    works: nodes.map((node) => workOn(wanted, node, observed, { ports, master })),
    master,
    ports,
    leaving,
    problems: [
      ...choiceProblems(wanted, observed),
      ...sharedFolderProblems(topology, observed.sharers),
      ...choice.problems,
    ],
    notes: [...roles.notes, ...(master && recordedMaster(master) ? notes : []), ...choice.notes],
  };
}

/** What happens to nodes that run, once all are well. `works` begin with the master. */
function planChanges(
  draft: Draft,
  topology: string,
  works: readonly NodeWork[],
  leaving: readonly EngineNode[],
  ports: ReadonlyMap<string, number>,
): void {
  planSettings(draft, works);
  const isMaster = ({ name }: EngineNode) => name === works[0]?.node.name;
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

function planImage(draft: Draft, { image }: Topology, observed: Surroundings): void {
  if (observed.image !== null) return;
  draft.push({
    id: `pullImage ${image}`,
    after: [],
    kind: 'pullImage',
    resource: image,
    cause: 'the engine does not have it',
  });
}

function planNetworks(draft: Draft, topology: Topology, observed: EngineTopology): void {
  for (const name of networksOf(topology.name)) {
    if (observed.networks.some((network) => network.name === name)) continue;
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
  const { node, existing, master, change } = work;
  // A container that was never started may lack its redis.conf.
  const configured = !['gone', 'created'].includes(stateOf(work));
  const inPlace = isDown(work) && change.way !== 'none' && !comesBackFirst(work, works);
  if (existing && configured && !inPlace)
    planReturn(draft, work.observed, node, { existing, master });
  else planCreation(draft, work, change.cause || whatIsMissing(existing));
}

function whatIsMissing(existing: EngineNode | undefined): string {
  if (existing === undefined) return 'missing';
  return existing.container ? 'it was never started' : 'its container is gone, its files are there';
}

/** The record of the last `down` has been read, and is out of date from now on. */
function planRecordEnd(draft: Draft, { record }: EngineTopology): void {
  if (record === null) return;
  draft.push({
    id: `removeVolume ${record.name}`,
    after: draft.all(),
    kind: 'removeVolume',
    resource: record.name,
    cause: 'what `down` kept is in use again',
  });
}

/** A node that leaves takes its volumes along, so it must hold nothing that the master isn't known to have. */
function lastCopies(
  { name: topology, nodes, setAside }: ObservedForWish,
  { leaving, master }: Settlement,
): Problem[] {
  const going = nodes.filter((it) => leaving.has(it.name) && it !== master);
  return going.flatMap((node): Problem[] => {
    const { name } = node;
    const source = `topology ${topology}`;
    if (setAside.has(name)) {
      const message = `${name} would go with data that are set aside on it: \`rrepl restore ${name} --name ${topology}\` puts them back, \`rrepl restore ${name} --discard --name ${topology}\` removes them`;
      return [{ source, message }];
    }
    if (master === undefined || isContained(node, master)) return [];
    const message = `${name} would go with its data, and ${master.name} is not known to have all of them: \`rrepl heal --name ${topology}\` brings it into line, and sets them aside`;
    return [{ source, message }];
  });
}

/** What is wrong with the node that the user chose to lead. */
function choiceProblems({ topology: { name }, roles }: Wanted, { nodes }: Observed): Problem[] {
  const { wanted } = roles;
  if (wanted === null || wanted === roles.master) return [];
  const there = nodes.filter(isRead).map((it) => it.name);
  const names = there.join(', ');
  const message = there.includes(wanted)
    ? `${roles.master} is a living master: \`rrepl switchover ${wanted} --name ${name}\` moves the role without losing a write`
    : `there is no node ${quoted(wanted)}; ${names === '' ? 'nothing of this topology is there yet' : `its nodes are ${names}`}`;
  return [{ source: '--master', message }];
}
