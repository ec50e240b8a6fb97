/** What is decided for all nodes before a step is planned. Pure. */

import type { Hosts } from '../docker/topologies.js';
import type { AboutOf } from '../error-facts.js';
import type { About, Note, Problem } from '../errors.js';
import { quoted } from '../format.js';
import {
  isRead,
  type Observed,
  type ObservedForWish,
  type ObservedNode,
  recordedMaster,
} from '../observe/observed.js';
import type { Topology, TopologyNode } from '../topology/topology.js';
import { type AddressChoice, addressOf, chooseAddresses } from './addresses.js';
import { foreignProblems } from './foreign.js';
import { type NodeWork, workOn } from './node-work.js';
import { choosePorts, knownPorts } from './ports.js';
import { noCandidate, refusals } from './refusals.js';
import { rolesAmong } from './roles.js';
import { accessProblems } from './security.js';
import { chooseSentinels, type SentinelChoice } from './sentinel-choice.js';
import { isContained } from './set-aside.js';
import { sharedFolderProblems } from './shared-folder.js';
import type { Wanted } from './wanted.js';

/** Ports, who follows whom, what differs of each node, and why it can't be. */
export interface Settlement {
  readonly works: readonly NodeWork[];
  readonly sentinels: SentinelChoice;
  /** What servers are to call each other, where that is not their names. */
  readonly hosts: Hosts;
  readonly master: ObservedNode | undefined;
  readonly ports: ReadonlyMap<string, number>;
  readonly addresses: AddressChoice;
  /** Nodes that are there and wanted no more. */
  readonly leaving: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  /** Nodes that would go with data that nobody else is known to have; null if there are none. */
  readonly lastCopies: AboutOf<'last-copies'> | null;
  readonly notes: readonly Note[];
}

export function settle(wanted: Wanted, observed: ObservedForWish): Settlement {
  const { topology, roles } = wanted;
  const present = observed.nodes.map(({ name }) => name);
  const { nodes, leaving, notes } = rolesAmong(topology, present, roles.upstreams);
  const choice = choosePorts(topology, knownPorts(observed), observed.takenPorts);
  const { ports } = choice;
  const watchers = topology.sentinels?.nodes ?? [];
  const names = [...nodes, ...watchers].map(({ name }) => name);
  const addresses = chooseAddresses(topology, names, observed);
  const master = observed.nodes.find(({ name }) => name === nodes[0]?.name);
  const last = lastCopies(observed, leaving, master);
  const hosts = hostsOf(topology, addresses, nodes);
  const decided = { ports, hosts, addresses, master };
  const works = nodes.map((node) => workOn(wanted, node, observed, decided));
  const sentinels = chooseSentinels(wanted, observed, addresses);
  const kept = [...roles.notes, ...(master && recordedMaster(master) ? notes : [])];
  return {
    works,
    sentinels,
    hosts,
    master,
    ports,
    addresses,
    leaving,
    problems: [
      ...choiceProblems(wanted, observed),
      ...sharedFolderProblems(topology, observed.sharers),
      ...choice.problems,
      ...sentinels.problems,
      ...addresses.problems,
      ...refusals(works),
      ...noCandidate(works, leaving),
      ...last.problems,
      ...accessProblems(wanted, observed),
      ...foreignProblems(topology.name, observed.foreign),
    ],
    lastCopies: last.about,
    notes: [...kept.map((text) => ({ text })), ...choice.notes, ...sentinels.notes],
  };
}

/** Where there are sentinels, servers call each other as these do. */
const hostsOf = (
  { sentinels }: Topology,
  addresses: AddressChoice,
  nodes: readonly TopologyNode[],
): Hosts =>
  new Map(
    sentinels === null
      ? []
      : nodes.flatMap(({ name }) => {
          const address = addressOf(addresses, name);
          return address === null ? [] : [[name, address]];
        }),
  );

/** A node that leaves takes its volumes along, so it must hold nothing that the master isn't known to have. */
function lastCopies(
  { name: topology, nodes, setAside }: ObservedForWish,
  leaving: ReadonlySet<string>,
  master: ObservedNode | undefined,
) {
  const going = nodes.filter((it) => leaving.has(it.name) && it !== master);
  const aside = going.filter(({ name }) => setAside.has(name));
  const behind = going.filter(
    (it) => !aside.includes(it) && master !== undefined && !isContained(it, master),
  );
  const source = `topology ${topology}`;
  const problems: Problem[] = [
    ...aside.map(({ name }) => `${name} would go with data that are set aside on it`),
    ...behind.map(
      ({ name }) =>
        `${name} would go with its data, and ${master?.name} is not known to have all of them`,
    ),
  ].map((message) => ({ source, message }));
  const about: AboutOf<'last-copies'> | null =
    problems.length === 0
      ? null
      : { code: 'last-copies', topology, setAside: namesOf(aside), unproven: namesOf(behind) };
  return { problems, about };
}

const namesOf = (nodes: readonly ObservedNode[]): string[] => nodes.map(({ name }) => name);

/** What is wrong with the node that the user chose to lead. */
function choiceProblems({ topology: { name }, roles }: Wanted, { nodes }: Observed): Problem[] {
  const { wanted } = roles;
  if (wanted === null || wanted === roles.master) return [];
  const there = nodes.filter(isRead).map((it) => it.name);
  const names = there.join(', ');
  const isThere = there.includes(wanted);
  const message = isThere
    ? `${roles.master} is a living master`
    : `there is no node ${quoted(wanted)}; ${names === '' ? 'nothing of this topology is there yet' : `its nodes are ${names}`}`;
  const about: About = { code: 'living-master', topology: name, node: wanted };
  return [{ source: 'master', message, ...(isThere && { about }) }];
}
