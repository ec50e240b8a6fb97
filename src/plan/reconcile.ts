/**
 * The planner: what is wanted, what is there, and so what to do. Pure; the only place
 * that decides. Nodes that exist as wished are left alone; what is missing is created, what is
 * stopped, paused or cut off is brought back, what differs is changed, what is too much goes.
 */

import { networkLabels } from '../docker/labels.js';
import type { EngineNode, EngineTopology } from '../docker/topologies.js';
import { InvalidTopologyError } from '../errors.js';
import type { ObservedForWish, Surroundings } from '../observe/observed.js';
import type { Topology } from '../topology/topology.js';
import type { AddressChoice } from './addresses.js';
import { planAuthority, planKeyRemoval } from './authority.js';
import { planCreation } from './creation.js';
import { Draft, planWaits } from './draft.js';
import { awaitElection } from './election.js';
import { expiryLabels, expiryNotes } from './expiry.js';
import { planPromotion, sentinelsIn } from './failover.js';
import {
  candidatesAmong,
  comesBackFirst,
  isDown,
  mustStop,
  type NodeWork,
  stateOf,
} from './node-work.js';
import type { Plan } from './plan.js';
import { preparation } from './preparation.js';
import { warnings } from './refusals.js';
import { planRemoval, strayRemovals } from './removal.js';
import { planReturn } from './return.js';
import { planRolling } from './rolling.js';
import { planChannels, planSentinelRights } from './security.js';
import { planSentinelNodes, planSentinelRemovals } from './sentinel-nodes.js';
import { planSettlement, type Servers } from './sentinels.js';
import { planSetAsideOfLiving } from './set-aside.js';
import { planSettings, planTrial } from './settings.js';
import { type Settlement, settle } from './settle.js';
import { UndecidedError } from './undecided.js';
import type { Wanted } from './wanted.js';
import { wishWarnings } from './warnings.js';

export interface ReconcileOptions {
  /** The image counts as pulled, whatever the engine says: it is waited for once. */
  readonly pulled: boolean;
}

/**
 * @throws InvalidTopologyError with every reason why the wish can't be fulfilled
 * @throws InvalidError if a folder under --dir can't be made
 * @throws UndecidedError if nothing tells whose data count
 */
export function reconcile(
  wanted: Wanted,
  observed: ObservedForWish,
  options: ReconcileOptions,
): Plan {
  const { topology, roles } = wanted;
  const { name } = topology;
  if (observed.unmakeable !== null) throw observed.unmakeable;
  const election = topology.sentinels === null ? null : awaitElection(observed);
  if (election !== null) return election;
  if (roles.undecided.length > 0) {
    throw new UndecidedError(name, roles.undecided, topology.dir);
  }
  const settled = settle(wanted, observed);
  const { works, leaving, master, ports, addresses } = settled;
  if (settled.problems.length > 0) {
    const { problems, lastCopies: about } = settled;
    throw new InvalidTopologyError(problems, about === null ? {} : { about });
  }

  const draft = new Draft(settled.hosts, expiryLabels(topology, observed));
  for (const step of strayRemovals(observed)) draft.push(step);
  planImage(draft, topology, observed);
  planNetworks(draft, topology, addresses);
  planSetAsideOfLiving(draft, name, observed.nodes, master, ports);
  planAuthority(draft, wanted, observed);
  planTrial(draft, works);
  for (const work of works) {
    const { node, port } = work;
    if (node.name === roles.promoted) planPromotion(draft, name, { node: node.name, port });
    planNode(draft, work, works);
    planWaits(draft, name, node, ports);
  }
  const { sentinels } = settled;
  planSentinelRemovals(draft, name, sentinels.leaving);
  planSentinelNodes(draft, sentinels.works);
  const goes = observed.nodes.filter((it) => leaving.has(it.name));
  planChanges(draft, works, { goes, ports, observed });
  planChannels(draft, works);
  planSentinelRights(draft, works, observed);
  planKeyRemoval(draft, topology, observed);
  if (topology.sentinels)
    planSettlement(draft, sentinels.works, topology.sentinels, serversIn(draft, settled));
  planRecordEnd(draft, observed);
  const { steps } = draft;
  const notes = [
    ...settled.notes,
    ...warnings(works, goes).map((text) => ({ text })),
    ...wishWarnings(topology, steps, works),
    ...expiryNotes(steps, topology, observed),
  ];
  return {
    topology: name,
    steps,
    first: preparation(steps, observed, options),
    // The same redis.conf on several nodes is told of once.
    notes: [...new Map(notes.map((note) => [note.text, note])).values()],
  };
}

/** By the addresses at which the sentinels are to see them, once all is done. */
function serversIn(draft: Draft, { works, hosts, leaving }: Settlement): Servers {
  const hostOf = (node: string) => hosts.get(node) ?? '';
  const moved = draft.ofKind('switchover').flatMap((step) => ('node' in step ? step.node : []));
  const master = moved.at(-1) ?? works[0]?.node.name ?? '';
  const names = works.map(({ node }) => node.name).filter((it) => !leaving.has(it));
  return {
    master: hostOf(master),
    replicas: names.filter((it) => it !== master).map(hostOf),
    names: new Map([...hosts].map(([name, host]) => [host, name])),
  };
}

interface Changing {
  readonly goes: readonly EngineNode[];
  readonly ports: ReadonlyMap<string, number>;
  readonly observed: ObservedForWish;
}

/** What happens to nodes that run, once all are well. `works` begin with the master. */
function planChanges(
  draft: Draft,
  works: readonly NodeWork[],
  { goes: leaving, ports, observed }: Changing,
): void {
  const { name: topology } = observed;
  planSettings(draft, works);
  const isMaster = ({ name }: EngineNode) => name === works[0]?.node.name;
  for (const node of leaving) if (!isMaster(node)) planRemoval(draft, topology, node);
  planRolling(draft, {
    topology,
    nodes: works.map(({ node }) => node),
    ports,
    // Those that begin anew are told of the master when all else is done.
    sentinels: sentinelsIn(observed).filter(
      ({ node }) => draft.of(node, 'removeContainer', 'writeSentinelConf').length === 0,
    ),
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

function planNetworks(draft: Draft, topology: Topology, { subnets }: AddressChoice): void {
  for (const [name, subnet] of subnets) {
    draft.push({
      id: `createNetwork ${name}`,
      after: [],
      kind: 'createNetwork',
      resource: name,
      cause: 'missing',
      labels: networkLabels(topology.name, name, subnet),
      subnet,
    });
  }
}

function planNode(draft: Draft, work: NodeWork, works: readonly NodeWork[]): void {
  const { node, existing, master, change, address } = work;
  // A container that was never started may lack its redis.conf.
  const configured = !['gone', 'created'].includes(stateOf(work));
  const inPlace = isDown(work) && change.way !== 'none' && !comesBackFirst(work, works);
  if (existing && configured && !inPlace)
    planReturn(draft, work.observed, node, { existing, master, address });
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
