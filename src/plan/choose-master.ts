/**
 * Who is the master among nodes that are there. A server that is one stays it; else the copies
 * decide, and where they don't tell, the user. Pure.
 */
import {
  type ObservedNode,
  type ObservedServer,
  recordedMaster,
  recordedUpstream,
} from '../observe/observed.js';
import { FENCE } from '../redis/fence.js';
import { type Choice, choice } from './choice.js';
import { amongDisks, amongReplicas } from './choose-copy.js';
import { answers, diskCopy } from './copies.js';

/**
 * @param wanted the node that the user chose, for when the copies don't tell; null if none.
 * @param elected whom the sentinels take for the master; null where they don't decide
 */
export function chooseMaster(
  nodes: readonly ObservedNode[],
  wanted: string | null = null,
  elected: string | null = null,
): Choice {
  const masters = nodes.filter((it) => it.server?.replication.role === 'master');
  if (masters.length > 0) return amongMasters(masters, elected);
  const chosen = nodes.find(({ name }) => name === wanted);
  if (chosen) return choice(chosen.name, chosen.server ? chosen.name : null);
  const lost = lostMaster(nodes);
  // A process that is paused or hangs has all that it had.
  if (lost && (lost.state === 'paused' || lost.state === 'running')) return choice(lost.name);
  const living = nodes.filter(answers);
  const copies = nodes.flatMap((it) => diskCopy(it) ?? []);
  return living.length > 0
    ? amongReplicas(living, { nodes, copies, lost })
    : amongDisks({ nodes, copies, lost });
}

/** Whom it follows: as its server says, else as its file says. */
export const followed = (node: ObservedNode): string | null =>
  node.server === null ? recordedUpstream(node) : node.upstream;

/**
 * The master that does not answer. Several files say master if a failover was broken off: then
 * the one that others follow. Undefined if there is none, or nothing tells them apart.
 */
function lostMaster(nodes: readonly ObservedNode[]): ObservedNode | undefined {
  const followers = ({ name }: ObservedNode): number =>
    nodes.filter((it) => followed(it) === name).length;
  const [first, second] = nodes
    .filter((it) => it.server === null && recordedMaster(it))
    .sort((a, b) => followers(b) - followers(a));
  return first && second && followers(first) === followers(second) ? undefined : first;
}

/** A fenced one is about to hand over; else its file, then its history, then its followers tell. */
function amongMasters(masters: readonly ObservedNode[], elected: string | null): Choice {
  const rank = (it: ObservedNode): number[] => {
    const { replication, minReplicasToWrite } = it.server as ObservedServer;
    const continuesAnother = masters.some(
      (other) => other !== it && other.server?.replication.id === replication.secondId,
    );
    const unfenced = minReplicasToWrite !== FENCE;
    const inFile = recordedMaster(it);
    return [
      Number(it.name === elected),
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
