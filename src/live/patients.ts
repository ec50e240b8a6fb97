/** The nodes that are there, as the planner needs to know them: engine, server, files and disk together. */
import type { ObservedNode, ObservedTopology } from '../docker/observe.js';
import { readMountedConfigs } from '../docker/observe.js';
import type { Runtime } from '../docker/runtime.js';
import type { ObservedServer, Patient } from '../plan/heal-roles.js';
import { endOf, type ServerEnd } from '../psync/server-end.js';
import { askNode, configValue } from '../redis/ask.js';
import { FENCE_SETTING, PING_SETTING } from '../redis/fence.js';
import type { RedisNode } from '../redis/node.js';
import type { LinkInfo } from '../redis/replication-info.js';
import { filesOfContainer, readDisk } from './disk.js';
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
  const patients = await Promise.all(
    present.map(async (node, index): Promise<Patient> => {
      const { name, container } = node;
      const server = servers[index] ?? null;
      const config = configs.get(name) ?? null;
      const link = server?.replication.link ?? null;
      return {
        name,
        server,
        config,
        state: container?.state ?? 'dead',
        upstream: link && upstreamName(topology.nodes, link),
        heardMs: link && heardMs(link, Date.now()),
        ...(server === null ? await readRest(runtime, node, config) : NOTHING_TO_READ),
        aofHolds: null,
      };
    }),
  );
  return patients;
}

const NOTHING_TO_READ = { disk: null, end: null, endedAtMs: null };

/** INFO counts the seconds since the link broke; while it is up the upstream is heard all the time. */
function heardMs({ up, downSeconds }: LinkInfo, nowMs: number): number | null {
  if (up) return nowMs;
  return downSeconds === null ? null : nowMs - downSeconds * 1000;
}

/** What a node that does not answer leaves to be read: its disk, and how its server ended. */
export async function readRest(
  runtime: Runtime,
  { container }: ObservedNode,
  config: string | null,
) {
  if (container === null) return NOTHING_TO_READ;
  const [disk, ending] = await Promise.all([
    readDisk(filesOfContainer(runtime, container.name), config),
    container.state === 'exited' ? readEnd(runtime, container.name) : null,
  ]);
  return { disk, end: ending?.end ?? null, endedAtMs: ending?.atMs ?? null };
}

/** The words of a farewell are among the last that a server says. */
const FAREWELL_LINES = 50;

async function readEnd(
  runtime: Runtime,
  container: string,
): Promise<{ end: ServerEnd; atMs: number | null }> {
  const [details, log] = await Promise.all([
    runtime.inspectContainer(container),
    runtime.logTail(container, FAREWELL_LINES),
  ]);
  return { end: endOf(log), atMs: details?.finishedAtMs || null };
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
    const startedAtMs = Date.now() - software.uptimeSeconds * 1000;
    return { software, replication, minReplicasToWrite, pingPeriod, startedAtMs };
  } catch {
    return null;
  } finally {
    server.close();
  }
}
