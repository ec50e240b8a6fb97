/** A wish as it is resolved against what is there: in this one place. Pure. */
import type { Access } from '../access/access.js';
import { recordIn } from '../config/wish-record.js';
import type { Observed, ObservedNode } from '../observe/observed.js';
import type { Wish } from '../topology/load.js';
import type { Present } from '../topology/present.js';
import type { Topology } from '../topology/topology.js';
import { type HealedRoles, healRoles } from './heal-roles.js';

/** What is wanted, and the roles of the nodes that are there. */
export interface Wanted {
  readonly topology: Topology;
  readonly roles: HealedRoles;
  /** How the servers are to be reached; null if everyone is let in. */
  readonly access: Access | null;
}

/** What isn't said stays as it is. @throws InvalidTopologyError with all that is wrong with the wish. */
export function resolveWish(wish: Wish, observed: Observed): Omit<Wanted, 'access'> {
  const roles = healRoles(observed.nodes, wish.master);
  return { topology: wish.resolve(present(observed, roles)), roles };
}

/** Null if there is nothing of this name: no container, no volume, no redis.conf. */
function present(observed: Observed, { master, chosen }: HealedRoles): Present | null {
  // Data that lie in a folder before anything else does are a user's own.
  const nodes = observed.nodes.filter(
    ({ container, volumes, config }) => container !== null || volumes.length > 0 || config,
  );
  if (nodes.length === 0) return null;
  const ports = nodes.flatMap(({ port }) => port ?? []);
  const first = nodes.find(({ container }) => container !== null);
  const limited = first?.limits ? first : nodes.find(({ limits }) => limits !== null);
  return {
    images: [...new Set(nodes.flatMap(({ image }) => image ?? []))],
    dir: first?.dir ?? null,
    containers: limited?.limits ?? null,
    port: ports.length === 0 ? null : Math.min(...ports),
    master,
    chosen,
    nodes: nodes.map(({ name, config }) => ({ name, directives: directivesIn(config) })),
    sentinels: observed.sentinels.map(({ name, config }) => ({
      name,
      directives: directivesIn(config),
    })),
  };
}

const directivesIn = (config: ObservedNode['config']) =>
  config === null ? null : recordIn(config).directives;
