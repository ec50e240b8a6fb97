/**
 * Cutting a node off its replication links, and joining it again. Taking it off the network
 * alone is no cut: the kernel keeps the TCP connections and resumes them when the network
 * comes back, so both ends of every link are closed as well.
 */

import { replicationNetworkName } from '../docker/names.js';
import { closeLinks, closeLinksWith, joinNetwork } from '../failover/cut.js';
import { containerOf, type LiveNode, type LiveTopology } from './live-topology.js';

/** Off the network with its connections as they are: both ends hold them until `repl-timeout`. */
export async function takeOff({ name, runtime }: LiveTopology, node: LiveNode): Promise<void> {
  await runtime.disconnectNetwork(replicationNetworkName(name), containerOf(node));
  // Podman leads a published port over either network: ours may hang with the others from now on.
  node.redis.disconnect();
}

/** The host still reaches the node: its published port is on the control network. */
export async function cutOff(live: LiveTopology, node: LiveNode): Promise<void> {
  await takeOff(live, node);
  const address = node.address;
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
    address: node.fixedAddress,
  });
