/** Asks the nodes that an engine has: servers, redis.conf and disks, all at the same time. */
import { confValue } from '../config/conf-file.js';
import { recordIn } from '../config/wish-record.js';
import { imageOfContainer } from '../docker/container-labels.js';
import type { Runtime } from '../docker/runtime.js';
import { type EngineNode, type EngineTopology, readMountedConfigs } from '../docker/topologies.js';
import { endOf, type ServerEnd } from '../psync/server-end.js';
import { askNode, configValue } from '../redis/ask.js';
import { FENCE_SETTING, PING_SETTING } from '../redis/fence.js';
import type { Connect } from '../redis/node.js';
import type { LinkInfo } from '../redis/replication-info.js';
import { aofHasAllOf } from '../stream/has-all.js';
import { filesOfContainer, readDisk } from './disk.js';
import {
  type Observed,
  type ObservedNode,
  type ObservedServer,
  recordedMaster,
} from './observed.js';
import { observeSentinels } from './sentinels.js';
import { upstreamName } from './upstream-name.js';

/** Of a node without a container nothing is known but its volumes. */
export async function observe(
  runtime: Runtime,
  connect: Connect,
  topology: EngineTopology,
): Promise<Observed> {
  const [configs, servers, sentinels] = await Promise.all([
    readMountedConfigs(runtime, topology.nodes),
    Promise.all(topology.nodes.map((node) => askServer(connect, node))),
    observeSentinels(runtime, connect, topology),
  ]);
  const names = new Map(
    topology.nodes.flatMap(({ name, fixedAddress }) =>
      fixedAddress === null ? [] : [[fixedAddress, name] as const],
    ),
  );
  const nodes = await Promise.all(
    topology.nodes.map(async (node, index): Promise<ObservedNode> => {
      const server = servers[index] ?? null;
      const config = configs.get(node.name) ?? null;
      const link = server?.replication.link ?? null;
      return {
        ...node,
        names,
        config,
        image: imageOf(node, config),
        server,
        upstream: link && upstreamName(topology.nodes, link),
        heardMs: link && heardMs(link, Date.now()),
        ...(server === null ? await readRest(runtime, node, config) : NOTHING_TO_READ),
        aofHolds: null,
      };
    }),
  );
  const observed = { ...topology, nodes, sentinels };
  const lost = nodes.find(isLostMaster);
  const witness = lost && furthestAnswering(nodes);
  if (!lost || !witness) return observed;
  const aofHolds = await compareAof(runtime, lost, witness);
  return { ...observed, nodes: nodes.map((it) => (it === lost ? { ...it, aofHolds } : it)) };
}

/** A container that never ran was made to read the file through it: the file knows better. */
export function imageOf({ container }: EngineNode, config: string | null): string | null {
  if (container !== null && container.state !== 'created') return imageOfContainer(container);
  return config === null ? null : recordIn(config).image;
}

/** A master that is down and loads an AOF, which has no offsets to compare by. */
const isLostMaster = (node: ObservedNode): boolean =>
  node.server === null &&
  recordedMaster(node) &&
  node.disk?.aof != null &&
  confValue(node.config ?? '', 'appendonly') === 'yes';

/** Undefined where a master answers: then nobody asks what a dead one has. */
function furthestAnswering(nodes: readonly ObservedNode[]): ObservedNode | undefined {
  const answering = nodes.filter(({ server }) => server !== null);
  if (answering.some(({ server }) => server?.replication.role === 'master')) return undefined;
  const offsetOf = ({ server }: ObservedNode) => server?.replication.offset ?? 0;
  return answering.toSorted((a, b) => offsetOf(b) - offsetOf(a))[0];
}

const COMPARISON = { bytes: 64 * 1024 * 1024, deadlineMs: 10_000 };

/** By their last commands. What can't be read tells nothing. */
async function compareAof(
  runtime: Runtime,
  lost: ObservedNode,
  witness: ObservedNode,
): Promise<ObservedNode['aofHolds']> {
  const filesOf = ({ container }: ObservedNode) =>
    container && filesOfContainer(runtime, container.name);
  const [dead, living] = [filesOf(lost), filesOf(witness)];
  if (!dead || !living || !lost.disk?.aof) return null;
  // A file that is written no more tells nothing of what the server has.
  const own = witness.server?.aofEnabled ? (await readDisk(living, witness.config)).aof : null;
  return aofHasAllOf(
    { files: dead, aof: lost.disk.aof },
    { aof: own && { files: living, aof: own }, stream: null },
    { ...COMPARISON, signal: new AbortController().signal },
  );
}

const NOTHING_TO_READ = { disk: null, end: null, endedAtMs: null, runningSinceMs: null };

/** INFO counts the seconds since the link broke; while it is up the upstream is heard all the time. */
function heardMs({ up, downSeconds }: LinkInfo, nowMs: number): number | null {
  if (up) return nowMs;
  return downSeconds === null ? null : nowMs - downSeconds * 1000;
}

/** What a node that does not answer leaves to be read: its disk, and how its server ended. */
export async function readRest(runtime: Runtime, { container }: EngineNode, config: string | null) {
  if (container === null) return NOTHING_TO_READ;
  const [disk, ending, details] = await Promise.all([
    readDisk(filesOfContainer(runtime, container.name), config),
    container.state === 'exited' ? readEnd(runtime, container.name) : null,
    container.state === 'paused' ? runtime.inspectContainer(container.name) : null,
  ]);
  return {
    disk,
    end: ending?.end ?? null,
    endedAtMs: ending?.atMs ?? null,
    runningSinceMs: details?.startedAtMs || null,
  };
}

/** A server says how it ends among its last lines. */
const EXIT_LINES = 50;

async function readEnd(
  runtime: Runtime,
  container: string,
): Promise<{ end: ServerEnd; atMs: number | null }> {
  const [details, log] = await Promise.all([
    runtime.inspectContainer(container),
    runtime.logTail(container, EXIT_LINES),
  ]);
  return { end: endOf(log), atMs: details?.finishedAtMs || null };
}

/** Null if the server doesn't run or doesn't answer: the plan's waits then say what is wrong. */
async function askServer(connect: Connect, node: EngineNode): Promise<ObservedServer | null> {
  if (node.container?.state !== 'running' || node.port === null) return null;
  const server = connect(node.name, node.port);
  try {
    const [{ server: software, replication, persistence }, minReplicasToWrite, pingPeriod] =
      await Promise.all([
        askNode(server),
        configValue(server, FENCE_SETTING),
        configValue(server, PING_SETTING),
      ]);
    const startedAtMs = Date.now() - software.uptimeSeconds * 1000;
    const { aofEnabled } = persistence;
    return { software, replication, minReplicasToWrite, pingPeriod, startedAtMs, aofEnabled };
  } catch {
    return null;
  } finally {
    server.close();
  }
}
