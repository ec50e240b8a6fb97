/** Closing the links of replication, and joining a network: what a cut and its end consist of. */

import type { Attachment, Runtime } from '../docker/runtime.js';
import type { RedisNode } from '../redis/node.js';

export interface Joining extends Attachment {
  readonly network: string;
  readonly container: string;
}

/**
 * The engine makes the others' names known before the node has its interface. A server that
 * looks its upstream up in between connects by way of the control network, where the packets
 * are dropped or come from another address, and holds on to that for `repl-timeout`: so
 * nothing runs in it meanwhile. Podman sets nothing up in a container that is paused, and can't
 * inspect it from then on (seen in 4.3): there the node runs.
 */
export async function joinNetwork(
  runtime: Runtime,
  { network, container, ...attachment }: Joining,
): Promise<void> {
  const connect = () => runtime.connectNetwork(network, container, attachment);
  const [details, engine] = await Promise.all([
    runtime.inspectContainer(container),
    runtime.engine(),
  ]);
  if (details?.state !== 'running' || engine.product === 'Podman') return connect();
  await runtime.pauseContainer(container);
  try {
    await connect();
  } finally {
    await runtime.unpauseContainer(container);
  }
}

/** A server that hangs or is down has no links to close: the rest is cut all the same. */
export async function closeLinks(server: RedisNode, type: 'master' | 'replica'): Promise<void> {
  await server.call('CLIENT', 'KILL', 'TYPE', type).catch(() => {});
}

/** On another node: its own link, if it follows the node that has this name and address. */
export async function closeLinksTo(
  server: RedisNode,
  hosts: readonly (string | null)[],
): Promise<void> {
  const info = String(await server.call('INFO', 'replication').catch(() => ''));
  const host = /^master_host:(.*?)\r?$/m.exec(info)?.[1];
  if (host !== undefined && hosts.includes(host)) await closeLinks(server, 'master');
}

/** The same, and the connections of replicas at that address, if it is known. */
export async function closeLinksWith(
  server: RedisNode,
  node: string,
  address: string | null,
): Promise<void> {
  await closeLinksTo(server, [node, address]);
  if (address === null) return;
  const list = String(await server.call('CLIENT', 'LIST', 'TYPE', 'replica').catch(() => ''));
  for (const [, peer] of list.matchAll(/\baddr=(\S+)/g)) {
    if (!peer?.startsWith(`${address}:`)) continue;
    await server.call('CLIENT', 'KILL', 'ADDR', peer).catch(() => {});
  }
}
