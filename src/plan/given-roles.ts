/** The roles that `up` gave, whatever failovers did since. Pure. */
import { inOrder } from './roles.js';

/** Upstreams, null for a master. */
interface Given {
  readonly name: string;
  /** As the record of the wish says; undefined for a node that was made before records said it. */
  readonly recorded: string | null | undefined;
  /** As its redis.conf says. */
  readonly configured: string | null;
  readonly now: string | null;
}

/**
 * Each node's upstream. Records tell if together they make a topology of the nodes that are there:
 * nodes may have come and gone since. Else what is in the files does, else what is.
 */
export function givenRoles(nodes: readonly Given[]): ReadonlyMap<string, string | null> {
  const sources = [
    (it: Given) => it.recorded,
    (it: Given) => it.configured,
    (it: Given) => it.now,
  ].map((upstreamOf) => nodes.map((it) => ({ name: it.name, upstream: upstreamOf(it) })));
  const found = sources.find(isTopology) ?? [];
  return new Map(found.map(({ name, upstream }) => [name, upstream ?? null]));
}

function isTopology(nodes: readonly { name: string; upstream?: string | null | undefined }[]) {
  const known = nodes.flatMap(({ name, upstream }) =>
    upstream === undefined ? [] : [{ name, upstream, directives: [] }],
  );
  const masters = known.filter(({ upstream }) => upstream === null);
  return known.length === nodes.length && masters.length === 1 && inOrder(known) !== null;
}
