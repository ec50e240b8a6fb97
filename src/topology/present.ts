/** A topology that is there, as far as a wish may leave things as they are. Pure. */
import type { ContainerWish, Directive, TopologyNode } from './topology.js';

export interface PresentNode {
  readonly name: string;
  /** What was asked of its configuration; null if that can't be read yet. */
  readonly directives: readonly Directive[] | null;
}

export interface Present {
  /** More than one if a change of the image was broken off; none if that can't be read yet. */
  readonly images: readonly string[];
  readonly dir: string | null;
  /** Null while no container tells. */
  readonly containers: ContainerWish | null;
  /** The lowest of the ports that its nodes have. */
  readonly port: number | null;
  /** Null while it can't be told. */
  readonly master: string | null;
  /** True if only the user says that it is: what the others hold is not known then. */
  readonly chosen?: boolean;
  /** In natural order. */
  readonly nodes: readonly PresentNode[];
  /** The same of the sentinels; `directives` with `quorum` among them. */
  readonly sentinels?: readonly PresentNode[];
}

/**
 * The nodes of a topology with this many replicas: those that are there, and new ones under the
 * lowest names that are free. What is too many goes from the end, and never the master; as long
 * as nothing tells which node that is, none goes. Null replicas: as many as there are.
 */
export function chooseNodes(
  replicas: number | null,
  { nodes, master, chosen = false }: Present,
): readonly TopologyNode[] {
  const head = master ?? nodes[0]?.name ?? 'redis-1';
  const present = nodes.map(({ name }) => name).filter((name) => name !== head);
  const told = master !== null && !chosen;
  const kept = replicas === null || !told ? present : present.slice(0, replicas);
  const fresh = freeNames([head, ...present], (replicas ?? 0) - kept.length);
  return [
    { name: head, upstream: null, directives: [] },
    ...[...kept, ...fresh].map((name) => ({ name, upstream: head, directives: [] })),
  ];
}

function freeNames(taken: readonly string[], count: number): string[] {
  const names: string[] = [];
  for (let number = 1; names.length < count; number += 1) {
    const name = `redis-${number}`;
    if (!taken.includes(name)) names.push(name);
  }
  return names;
}

/** What is asked of a node's configuration already; a new node is asked what the master is. */
export function presentDirectives({ nodes, master }: Present, node: string): readonly Directive[] {
  const directivesOf = (name: string | null) => nodes.find((it) => it.name === name)?.directives;
  return directivesOf(node) ?? directivesOf(master) ?? [];
}
