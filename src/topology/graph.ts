/** Who replicates from whom: one master, and every chain of upstreams ends at it. */

import { quoted } from '../format.js';
import { nearest } from './nearest.js';
import { SENTINEL_NAME } from './topology.js';
import type { Complaint } from './yaml-file.js';

export interface Link {
  readonly name: string;
  readonly upstream: string | null;
  /** True if what is written may mean an upstream that can't be read. */
  readonly vague?: boolean;
}

/** All that keeps the nodes from being one tree. Paths start at `nodes`. */
export function checkGraph(links: readonly Link[]): Complaint[] {
  const upstreamOf = new Map(links.map(({ name, upstream }) => [name, upstream]));
  return [
    ...masterComplaints(links),
    ...unknownUpstreams(links, [...upstreamOf.keys()]),
    ...findCircles(upstreamOf).map(circleComplaint),
  ];
}

/** The master first, then every node after its upstream, else in the order given. */
export function inOrder<T extends Link>(links: readonly T[]): T[] {
  const ordered = links.filter(({ upstream }) => upstream === null);
  // The list grows while it is walked: the nodes found are the next upstreams.
  for (const { name } of ordered)
    ordered.push(...links.filter(({ upstream }) => upstream === name));
  return ordered;
}

function masterComplaints(links: readonly Link[]): Complaint[] {
  const without = links.filter(({ upstream }) => upstream === null);
  const [first, ...more] = without.filter(({ vague }) => !vague);
  if (first === undefined && without.length > 0) return [];
  if (first === undefined) {
    return [atNode([], 'no node is the master: one must be there without replicaOf')];
  }
  return more.map(({ name }) =>
    atNode(
      [name],
      SENTINEL_NAME.test(name)
        ? `${name} is no sentinel here, but a node without replicaOf beside the master ${first.name}; sentinels stand under sentinels.nodes`
        : `${name} needs replicaOf: ${first.name} is the master already`,
    ),
  );
}

function unknownUpstreams(links: readonly Link[], names: readonly string[]): Complaint[] {
  return links.flatMap(({ name, upstream }) => {
    if (upstream === null || names.includes(upstream)) return [];
    const near = nearest(
      upstream,
      names.filter((other) => other !== name),
    );
    const hint = near === null ? '' : ` (did you mean "${near}"?)`;
    return [atNode([name, 'replicaOf'], `no node is named ${quoted(upstream)}${hint}`)];
  });
}

function circleComplaint(circle: readonly string[]): Complaint {
  const [first = '', ...others] = circle;
  const message =
    others.length === 0
      ? `${first} can't replicate from itself`
      : `a circle has no master: ${[...circle, first].join(' <- ')}`;
  return atNode([first, 'replicaOf'], message);
}

/** Every circle once, each node of it followed by its upstream. */
function findCircles(upstreamOf: ReadonlyMap<string, string | null>): string[][] {
  const seen = new Set<string>();
  const circles: string[][] = [];
  for (const start of upstreamOf.keys()) {
    const path: string[] = [];
    let at: string | null = start;
    while (at !== null && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = upstreamOf.get(at) ?? null;
    }
    if (at !== null && path.includes(at)) circles.push(path.slice(path.indexOf(at)));
  }
  return circles;
}

function atNode(path: readonly string[], message: string): Complaint {
  return { path: ['nodes', ...path], at: 'value', message };
}
