/**
 * Who is the master among nodes that are there. A server that is one stays it. Else the most
 * advanced copy leads, as living servers and disks show it; where they contradict each other
 * nobody is chosen, because the one that isn't loses what only it has. Pure.
 */
import { bytes } from '../format.js';
import type { ObservedNode, ObservedServer } from '../observe/observed.js';
import { FENCE } from '../redis/fence.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { chooseCandidate, lossByPriority } from './choose-candidate.js';
import {
  type DiskCopy,
  diskCopy,
  placeText,
  recordedMaster,
  recordedUpstream,
  relation,
} from './copies.js';

/** A node that may be the one whose data count. */
export interface Claimant {
  readonly node: string;
  /** Its server answers. */
  readonly living: boolean;
  /** What it has, for people. */
  readonly has: string;
}

export interface Choice {
  /** Null if nobody can be chosen, or there is nobody. */
  readonly master: string | null;
  /** The same, if it is a living replica that must be promoted. */
  readonly promoted: string | null;
  /** Nodes of which each may be the one whose data count, and nothing tells which. */
  readonly undecided: readonly Claimant[];
  readonly notes: readonly string[];
}

/** @param wanted the node that the user chose, for when the copies don't tell; null if none. */
export function chooseMaster(
  nodeFacts: readonly ObservedNode[],
  wanted: string | null = null,
): Choice {
  const masters = nodeFacts.filter((it) => it.server?.replication.role === 'master');
  if (masters.length > 0) return amongMasters(masters);
  const chosen = nodeFacts.find(({ name }) => name === wanted);
  if (chosen) return choice(chosen.name, chosen.server ? chosen.name : null);
  const lost = lostMaster(nodeFacts);
  // A process that is paused or hangs has all that it had.
  if (lost && (lost.state === 'paused' || lost.state === 'running')) return choice(lost.name);
  const living = nodeFacts.filter(answers);
  const copies = nodeFacts.flatMap((it) => diskCopy(it) ?? []);
  return living.length > 0
    ? amongReplicas(living, { nodeFacts, copies, lost })
    : amongDisks({ nodeFacts, copies, lost });
}

export type Living = ObservedNode & { readonly server: ObservedServer };

export const answers = (facts: ObservedNode): facts is Living => facts.server !== null;

interface Known {
  readonly nodeFacts: readonly ObservedNode[];
  readonly copies: readonly DiskCopy[];
  readonly lost: ObservedNode | undefined;
}

const choice = (master: string, promoted: string | null = null, notes: string[] = []): Choice => ({
  master,
  promoted,
  undecided: [],
  notes,
});

const undecided = (claimants: readonly Claimant[]): Choice => ({
  master: null,
  promoted: null,
  undecided: claimants,
  notes: [],
});

/** Whom it follows: as its server says, else as its file says. */
export const followed = (facts: ObservedNode): string | null =>
  facts.server === null ? recordedUpstream(facts) : facts.upstream;

/**
 * The master that does not answer. Several files say master if a failover was broken off: then
 * the one that others follow. Undefined if there is none, or nothing tells them apart.
 */
function lostMaster(nodeFacts: readonly ObservedNode[]): ObservedNode | undefined {
  const followers = ({ name }: ObservedNode): number =>
    nodeFacts.filter((it) => followed(it) === name).length;
  const [first, second] = nodeFacts
    .filter((it) => it.server === null && recordedMaster(it))
    .sort((a, b) => followers(b) - followers(a));
  return first && second && followers(first) === followers(second) ? undefined : first;
}

/** A fenced one is about to hand over; else its file, then its history, then its followers tell. */
function amongMasters(masters: readonly ObservedNode[]): Choice {
  const rank = (it: ObservedNode): number[] => {
    const { replication, minReplicasToWrite } = it.server as ObservedServer;
    const continuesAnother = masters.some(
      (other) => other !== it && other.server?.replication.id === replication.secondId,
    );
    const unfenced = minReplicasToWrite !== FENCE;
    const inFile = recordedMaster(it);
    return [
      Number(unfenced),
      Number(inFile),
      Number(continuesAnother),
      replication.replicas.length,
    ];
  };
  const [best] = [...masters].sort((a, b) => compare(rank(b), rank(a)));
  const others = masters.filter((it) => it !== best).map(({ name }) => name);
  const notes =
    others.length === 0
      ? []
      : [`several masters: ${best?.name} stays, ${others.join(', ')} will follow it`];
  return { master: best?.name ?? null, promoted: null, undecided: [], notes };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** A stream has a place in it, or in the stream that it was promoted from. */
export function holdsPlace(
  { id, offset, secondId, secondOffset }: ReplicationInfo,
  place: { readonly id: string; readonly offset: number },
): boolean {
  if (place.id === id) return place.offset <= offset;
  return place.id === secondId && place.offset < (secondOffset ?? 0);
}

/** The master is down. It comes back if it has all that the replicas have; else the furthest copy leads. */
function amongReplicas(living: readonly Living[], { copies, lost }: Known): Choice {
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

/** A replica whose stream another one has, under the same id or the one before: no more is lost with it. */
function isPartOf({ server: { replication: part } }: Living, { server }: Living): boolean {
  const { replication: whole } = server;
  return part.id !== whole.id && holdsPlace(whole, part);
}

/** Whether a master that is down is known to have all that these replicas have. */
export function hasAllOf(lost: ObservedNode, copy: DiskCopy, heads: readonly Living[]): boolean {
  const ids = new Set(heads.map(({ server }) => server.replication.id));
  const furthest = Math.max(...heads.map(({ server }) => server.replication.offset));
  if (ids.size !== 1 || copy.loads === 'nothing') return false;
  if (copy.at !== null) return ids.has(copy.at.id) && copy.at.offset >= furthest;
  if (copy.loads !== 'aof' || lost.aofHolds === 'lacks') return false;
  if (lost.aofHolds === 'holds') return true;
  return copy.complete === true && heads.every(({ upstream }) => upstream === lost.name);
}

/** How much later a copy must be to be called newer: INFO counts whole seconds. */
const SLACK_MS = 1500;

/** A copy of no known place may hold what this replica never got, if it is later than its last word from a master. */
const mayBeNewer = ({ asOfMs }: DiskCopy, { heardMs }: Living): boolean =>
  heardMs === null || asOfMs === null || asOfMs > heardMs + SLACK_MS;

/** Nobody answers. */
function amongDisks({ nodeFacts, copies, lost }: Known): Choice {
  const holding = copies.filter(({ empty }) => !empty);
  const recorded = nodeFacts.filter(recordedMaster).map(({ name }) => name);
  if (holding.length === 0) {
    // Nothing can be lost: any node that has been configured may begin.
    const configured = nodeFacts.filter(({ config }) => config !== null).map(({ name }) => name);
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
