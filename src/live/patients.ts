/** The nodes that are there, as the planner needs to know them: engine, server and file together. */
import { type ObservedNode, type ObservedTopology, readMountedConfigs } from '../docker/observe.js';
import type { Runtime } from '../docker/runtime.js';
import type { ObservedServer, Patient } from '../plan/heal-roles.js';
import { askNode, configValue } from '../redis/ask.js';
import { FENCE_SETTING, PING_SETTING } from '../redis/fence.js';
import type { RedisNode } from '../redis/node.js';
import { upstreamName } from './upstream-name.js';

export type Connect = (node: string, port: number) => RedisNode;

export async function observePatients(
  runtime: Runtime,
  connect: Connect,
  topology: ObservedTopology,
): Promise<Patient[]> {
  const present = topology.nodes.filter(({ container }) => container !== null);
  const [configs, servers] = await Promise.all([
    readMountedConfigs(runtime, present),
    Promise.all(present.map((node) => askServer(connect, node))),
  ]);
  return present.map(({ name, container }, index) => {
    const server = servers[index] ?? null;
    const link = server?.replication.link ?? null;
    return {
      name,
      server,
      config: configs.get(name) ?? null,
      state: container?.state ?? 'dead',
      statusText: container?.statusText ?? '',
      upstream: link && upstreamName(topology.nodes, link),
    };
  });
}

/** Null if the server doesn't run or doesn't answer: the plan's waits then say what is wrong. */
async function askServer(connect: Connect, node: ObservedNode): Promise<ObservedServer | null> {
  if (node.container?.state !== 'running' || node.port === null) return null;
  const server = connect(node.name, node.port);
  try {
    const [{ server: software, replication }, minReplicasToWrite, pingPeriod] = await Promise.all([
      askNode(server),
      configValue(server, FENCE_SETTING),
      configValue(server, PING_SETTING),
    ]);
    return { software, replication, minReplicasToWrite, pingPeriod };
  } catch {
    return null;
  } finally {
    server.close();
  }
}
