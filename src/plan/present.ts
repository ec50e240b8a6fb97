/** What a wish may leave as it is: put together from the engine, the files and the servers. Pure. */
import { recordIn } from '../config/wish-record.js';
import { nodeLabels } from '../docker/container-labels.js';
import type { ObservedNode, ObservedTopology } from '../docker/observe.js';
import type { Present } from '../topology/present.js';
import type { ContainerWish } from '../topology/topology.js';
import { healRoles } from './heal-roles.js';
import type { NodeFacts } from './node-facts.js';

/**
 * Null if there is nothing of this name: no container, no volume, no redis.conf.
 * @param kept what `down` recorded of the containers' limits; null if it didn't
 */
export function presentTopology(
  seen: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
  kept: ContainerWish | null = null,
): Present | null {
  // Data that lie in a folder before anything else does are a user's own.
  const nodes = seen.nodes.filter(
    ({ name, container, volumes }) =>
      container !== null ||
      volumes.length > 0 ||
      nodeFacts.some((it) => it.name === name && it.config),
  );
  if (nodes.length === 0) return null;
  const configOf = (name: string) => nodeFacts.find((it) => it.name === name)?.config ?? null;
  const { upstreams } = healRoles(nodeFacts);
  const ports = nodes.flatMap(({ port }) => (port === null ? [] : [port]));
  const container = nodes.find((node) => node.container)?.container ?? null;
  const labels = container && nodeLabels(container.labels);
  const images = nodes.flatMap((node) => imageOf(node, configOf(node.name)) ?? []);
  return {
    images: [...new Set(images)],
    dir: labels?.dir ?? null,
    containers: labels?.containers ?? kept,
    port: ports.length === 0 ? null : Math.min(...ports),
    master: [...upstreams].find(([, upstream]) => upstream === null)?.[0] ?? null,
    nodes: nodes.map(({ name }) => {
      const config = configOf(name);
      return { name, directives: config === null ? null : recordIn(config).directives };
    }),
  };
}

/** A container that never ran was made to read the file through it: the file knows better. */
function imageOf({ container }: ObservedNode, config: string | null): string | null {
  if (container === null || container.state === 'created') {
    return config === null ? null : recordIn(config).image;
  }
  return imageOfContainer(container);
}

/** The name it was made with: the engine shows an id as soon as the name means another image. */
export const imageOfContainer = (container: NonNullable<ObservedNode['container']>): string =>
  nodeLabels(container.labels).image ?? container.image;
