/**
 * No master answers: the most advanced copy leads, as living servers and disks show it. Where they
 * contradict each other nobody is chosen, because the one that isn't loses what only it has. Pure.
 */

import { bytes } from '../format.js';
import { type ObservedNode, recordedMaster } from '../observe/observed.js';
import { type Choice, type Claimant, choice, undecided } from './choice.js';
import { chooseCandidate, lossByPriority } from './choose-candidate.js';
import {
  type DiskCopy,
  hasAllOf,
  holdsPlace,
  isPartOf,
  type Living,
  placeText,
  relation,
} from './copies.js';

export interface Known {
  readonly nodes: readonly ObservedNode[];
  readonly copies: readonly DiskCopy[];
  readonly lost: ObservedNode | undefined;
}

/** The master is down. It comes back if it has all that the replicas have; else the furthest copy leads. */
export function amongReplicas(living: readonly Living[], { copies, lost }: Known): Choice {
  const heads = living.filter((it) => !living.some((other) => other !== it && isPartOf(it, other)));
  const lostCopy = copies.find(({ node }) => node === lost?.name);
  if (lost && lostCopy && hasAllOf(lost, lostCopy, heads)) return choice(lost.name);
  const candidates = heads.map((it) => ({ name: it.name, ...it.server.replication }));
  const next = chooseCandidate(candidates, null);
  const first = heads.find(({ name }) => name === next?.name);
  const claimants = copies.filter(({ empty }) => !empty).map(onDisk);
  if (first === undefined) return undecided([...heads.map(inMemory), ...claimants]);
  const { replication } = first.server;
  const rivals = copies.filter((copy) => {
    if (copy.empty || (copy.at !== null && holdsPlace(replication, copy.at))) return false;
    return !(copy.node === lost?.name && lost.aofHolds === 'lacks');
  });
  const further = rivals
    .filter(({ at }) => at?.id === replication.id)
    .sort((a, b) => (b.at?.offset ?? 0) - (a.at?.offset ?? 0));
  const newer = rivals.filter((it) => !further.includes(it) && mayBeNewer(it, first));
  if (newer.length > 0)
    return undecided([first].map(inMemory).concat([...further, ...newer].map(onDisk)));
  const [furthest] = further;
  if (furthest) {
    const ahead = bytes((furthest.at?.offset ?? 0) - replication.offset);
    return choice(furthest.node, null, [
      `${furthest.node} leads: its disk is ${ahead} ahead of ${first.name}, the furthest replica that answers`,
    ]);
  }
  const why = lost
    ? `${lost.name}, the master, is down and its disk may lack writes`
    : 'no node is a master';
  const loss = next && lossByPriority(next, candidates);
  const notes = [`${first.name} is promoted: ${why}`, ...(loss ? [loss] : [])];
  return choice(first.name, first.name, notes);
}

/** How much later a copy must be to be called newer: INFO counts whole seconds. */
const SLACK_MS = 1500;

/** A copy of no known place may hold what this replica never got, if it is later than its last word from a master. */
const mayBeNewer = ({ asOfMs }: DiskCopy, { heardMs }: Living): boolean =>
  heardMs === null || asOfMs === null || asOfMs > heardMs + SLACK_MS;

/** Nobody answers. */
export function amongDisks({ nodes, copies, lost }: Known): Choice {
  const holding = copies.filter(({ empty }) => !empty);
  const recorded = nodes.filter(recordedMaster).map(({ name }) => name);
  if (holding.length === 0) {
    // Nothing can be lost: any node that has been configured may begin.
    const configured = nodes.filter(({ config }) => config !== null).map(({ name }) => name);
    const [only] = lost ? [lost.name] : [...recorded, ...configured];
    return only === undefined ? undecided([]) : choice(only);
  }
  const lostCopy = holding.find(({ node }) => node === lost?.name);
  const preferred = lostCopy ? [lostCopy, ...holding.filter((it) => it !== lostCopy)] : holding;
  const best = preferred.find((it) => preferred.every((other) => isBehind(other, it, lost)));
  // Equal copies of two that were both a master: the first is as good as any.
  if (best === undefined) return undecided(holding.map(onDisk));
  if (best.node === lost?.name) return choice(best.node);
  const notes = lost
    ? [
        `${best.node} leads: its disk (${best.text}) has more than that of ${lost.name}, the last master (${copies.find(({ node }) => node === lost.name)?.text ?? 'unknown'})`,
      ]
    : [`${best.node} leads: its disk has the most (${best.text})`];
  return choice(best.node, null, notes);
}

/** Whether nothing is known to be lost with a copy, if another one leads. */
function isBehind(one: DiskCopy, other: DiskCopy, lost: ObservedNode | undefined): boolean {
  if (one === other) return true;
  const found = relation(one, other);
  if (found === 'behind' || found === 'equal') return true;
  // What a replica has it got from its master, and a master's AOF has all it ever sent.
  const isMasters = other.node === lost?.name && other.loads === 'aof' && other.complete !== false;
  const samePlace = one.at !== null && other.at !== null && one.at.id === other.at.id;
  return isMasters && !samePlace;
}

function inMemory({ name, server: { replication }, heardMs }: Living): Claimant {
  const heard =
    replication.link === null || replication.link.up || heardMs === null
      ? ''
      : `, last heard a master ${new Date(heardMs).toISOString().slice(11, 19)}`;
  const never = replication.priority === 0 ? ', replica-priority 0' : '';
  return { node: name, living: true, has: `answers; ${placeText(replication)}${heard}${never}` };
}

const onDisk = ({ node, text }: DiskCopy): Claimant => ({
  node,
  living: false,
  has: `is down; ${text}`,
});
