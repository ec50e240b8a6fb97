/**
 * Cutting a node off its replication links, and joining it again. Taking it off the network
 * alone is no cut: the kernel keeps the TCP connections and resumes them when the network
 * comes back, so both ends of every link are closed as well.
 */

import { replicationNetworkName } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import type { RedisNode } from '../redis/node.js';

/** Off the network with its connections as they are: both ends hold them until `repl-timeout`. */
export async function takeOff({ name, runtime }: LiveTopology, node: LiveNode): Promise<void> {
  await runtime.disconnectNetwork(replicationNetworkName(name), containerOf(node));
  // Podman leads a published port over either network: ours may hang with the others from now on.
  node.redis.close();
}

/** The host still reaches the node: its published port is on the control network. */
export async function cutOff(live: LiveTopology, node: LiveNode): Promise<void> {
  await takeOff(live, node);
  const address = node.observed.address;
  const others = live.nodes.filter(({ name }) => name !== node.name);
  await Promise.all([
    closeLinks(node.redis, 'master'),
    closeLinks(node.redis, 'replica'),
    ...others.map(({ redis }) => closeLinksWith(redis, node.name, address)),
  ]);
}

export const joinAgain = ({ name, runtime }: LiveTopology, node: LiveNode): Promise<void> =>
  joinNetwork(runtime, {
    network: replicationNetworkName(name),
    container: containerOf(node),
    aliases: [node.name],
  });

export interface Joining {
  readonly network: string;
  readonly container: string;
  readonly aliases: readonly string[];
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
  { network, container, aliases }: Joining,
): Promise<void> {
  const connect = () => runtime.connectNetwork(network, container, aliases);
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

/**
 * On another node: its own link if it follows that node, and the connections of replicas at that
 * address, if it is known.
 */
export async function closeLinksWith(
  server: RedisNode,
  node: string,
  address: string | null,
): Promise<void> {
  const info = String(await server.call('INFO', 'replication').catch(() => ''));
  const host = /^master_host:(.*?)\r?$/m.exec(info)?.[1];
  if (host !== undefined && (host === node || host === address)) await closeLinks(server, 'master');
  if (address === null) return;
  const list = String(await server.call('CLIENT', 'LIST', 'TYPE', 'replica').catch(() => ''));
  for (const [, peer] of list.matchAll(/\baddr=(\S+)/g)) {
    if (!peer?.startsWith(`${address}:`)) continue;
    await server.call('CLIENT', 'KILL', 'ADDR', peer).catch(() => {});
  }
}
