import type { EngineNode } from '../docker/topologies.js';

/** The node that a server calls its master by name or by address; else as the server calls it. */
export function upstreamName(
  nodes: readonly Pick<EngineNode, 'name' | 'address' | 'fixedAddress'>[],
  { host, port }: { readonly host: string; readonly port: number },
): string {
  const known = nodes.find((it) => [it.name, it.address, it.fixedAddress].includes(host));
  return known?.name ?? `${host}:${port}`;
}
