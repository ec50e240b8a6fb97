/** What is decided for all nodes before a step is planned. Pure. */

import type { Problem } from '../errors.js';
import { quoted } from '../format.js';
import {
  isRead,
  type Observed,
  type ObservedForWish,
  type ObservedNode,
  recordedMaster,
} from '../observe/observed.js';
import { foreignProblems } from './foreign.js';
import { type NodeWork, workOn } from './node-work.js';
import { choosePorts, knownPorts } from './ports.js';
import { noCandidate, refusals } from './refusals.js';
import { rolesAmong } from './roles.js';
import { accessProblems } from './security.js';
import { isContained } from './set-aside.js';
import { sharedFolderProblems } from './shared-folder.js';
import type { Wanted } from './wanted.js';

/** Ports, who follows whom, what differs of each node, and why it can't be. */
export interface Settlement {
  readonly works: readonly NodeWork[];
  readonly master: ObservedNode | undefined;
  readonly ports: ReadonlyMap<string, number>;
  /** Nodes that are there and wanted no more. */
  readonly leaving: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

export function settle(wanted: Wanted, observed: ObservedForWish): Settlement {
  const { topology, roles } = wanted;
  const present = observed.nodes.map(({ name }) => name);
  const { nodes, leaving, notes } = rolesAmong(topology, present, roles.upstreams);
  const choice = choosePorts(topology, knownPorts(observed), observed.takenPorts);
  const { ports } = choice;
  const master = observed.nodes.find(({ name }) => name === nodes[0]?.name);
  const works = nodes.map((node) => workOn(wanted, node, observed, { ports, master }));
  return {
    works,
    master,
    ports,
    leaving,
    problems: [
      ...choiceProblems(wanted, observed),
      ...sharedFolderProblems(topology, observed.sharers),
      ...choice.problems,
      ...refusals(works),
      ...noCandidate(works, leaving),
      ...lastCopies(observed, leaving, master),
      ...accessProblems(wanted, observed),
      ...foreignProblems(topology.name, observed.foreign),
    ],
    notes: [...roles.notes, ...(master && recordedMaster(master) ? notes : []), ...choice.notes],
  };
}

/** A node that leaves takes its volumes along, so it must hold nothing that the master isn't known to have. */
function lastCopies(
  { name: topology, nodes, setAside }: ObservedForWish,
  leaving: ReadonlySet<string>,
  master: ObservedNode | undefined,
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
