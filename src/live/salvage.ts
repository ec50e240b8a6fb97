/** Salvage from a node of a topology that is there. */
import { CONF_FILE, replicationNetworkName } from '../docker/names.js';
import type { ContainerState } from '../docker/runtime.js';
import type { EngineTopology } from '../docker/topologies.js';
import { FailedError } from '../errors.js';
import { partedAt, salvage } from '../failover/salvage.js';
import { salvageKilled } from '../failover/salvage-killed.js';
import { bytes } from '../format.js';
import { readRest } from '../observe/nodes.js';
import { diskCopy } from '../plan/copies.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import type { Limits } from '../redis/wait.js';
import { askReplication } from '../stream/attach.js';
import { withWire } from '../stream/read-stream.js';
import type { Salvage } from '../stream/salvage-file.js';
import type { StreamPlace } from '../stream/wire.js';
import type { LiveTopology } from './live-topology.js';
import { placesOf } from './tap.js';

type Searched = Pick<LiveTopology, 'name' | 'runtime' | 'access'> & Pick<EngineTopology, 'nodes'>;

interface Work extends Limits {
  /** Data on a disk beyond so many bytes are not looked at; without it, all are. */
  readonly mostBytes?: number;
  /** One that lives takes writes again if the master has all of its. */
  readonly isReleased?: boolean;
}

/**
 * The node refuses writes from then on, if it runs; one that is paused is awake meanwhile, off the replication
 * network. Rejects with `FailedError` where nothing tells what was lost.
 */
export const salvageNode = (live: Searched, node: string, work: Work): Promise<Salvage> =>
  awake(live, node, () => salvageFrom(live, node, work));

async function salvageFrom(live: Searched, node: string, limits: Work): Promise<Salvage> {
  const { deadline, signal } = limits;
  const former = placesOf(live, ['running', 'paused']).find(({ name }) => name === node);
  if (former === undefined) return salvageDead(live, node, limits);
  const bounds = { deadlineMs: deadline.remainingMs(), signal };
  const own = await withWire(former, bounds, askReplication);
  const master = await findMaster(live, node, (it) => partedAt(own, it) !== null, limits);
  const { isReleased = false } = limits;
  return salvage({ topology: live.name, former, master, isReleased }, bounds);
}

/** A server that ends and is started all the time can't be read beside it. */
const DEAD: readonly ContainerState[] = ['created', 'exited', 'dead'];

async function salvageDead(live: Searched, name: string, limits: Work): Promise<Salvage> {
  const node = live.nodes.find((it) => it.name === name);
  const container = node?.container ?? null;
  if (!node || !container) throw new FailedError(`the container of ${name} is gone`);
  if (!DEAD.includes(container.state))
    throw new FailedError(
      `${name} is ${container.state}: neither its stream nor its disk can be read`,
    );
  const config = await live.runtime.readFile(container.name, CONF_FILE);
  const files = await readRest(live.runtime, node, config);
  const { mostBytes = Number.POSITIVE_INFINITY } = limits;
  const held = Math.max(files.disk?.rdb?.bytes ?? 0, files.disk?.aof?.bytes ?? 0);
  if (held > mostBytes) {
    throw new FailedError(`${bytes(held)} on its disk are too much to be read while others wait`);
  }
  const id = diskCopy({ name, config, ...files })?.at?.id;
  const isNext = (it: ReplicationInfo) => it.secondId === id;
  const master = await findMaster(live, name, isNext, limits);
  const killed = { topology: live.name, node: name, container: container.name, master };
  const bounds = { deadlineMs: limits.deadline.remainingMs(), signal: limits.signal };
  return salvageKilled(live.runtime, { ...killed, config, ...files }, bounds);
}

const ASK_MS = 2000;

/** A master, the one that is preferred if there are several. Rejects with `FailedError` if there is none. */
export async function findMaster(
  live: Searched,
  except: string | null,
  preferred: (replication: ReplicationInfo) => boolean,
  { deadline, signal }: Limits,
): Promise<StreamPlace> {
  const others = placesOf(live, ['running']).filter(({ name }) => name !== except);
  const bounds = { deadlineMs: Math.min(ASK_MS, deadline.remainingMs()), signal };
  const seen = await Promise.all(
    others.map((place) => withWire(place, bounds, askReplication).catch(() => null)),
  );
  const masters = others.flatMap((place, index) => {
    const replication = seen[index];
    return replication?.role === 'master' ? [{ place, isFirst: preferred(replication) }] : [];
  });
  const master = masters.find(({ isFirst }) => isFirst) ?? masters[0];
  if (master) return master.place;
  const beside = except === null ? '' : ` beside ${except}`;
  throw new FailedError(`topology ${live.name} has no master${beside}`, {
    about: { code: 'no-master', topology: live.name, nodes: live.nodes.map(({ name }) => name) },
  });
}

/** A paused node is woken for as long as the work lasts. */
async function awake<T>(live: Searched, node: string, work: () => Promise<T>): Promise<T> {
  const { container, fixedAddress = null } = live.nodes.find(({ name }) => name === node) ?? {};
  if (container?.state !== 'paused') return work();
  const { runtime } = live;
  const network = replicationNetworkName(live.name);
  const wasAttached = container.networks.some(({ name }) => name === network);
  if (wasAttached) await runtime.disconnectNetwork(network, container.name);
  await runtime.unpauseContainer(container.name);
  try {
    return await work();
  } finally {
    await runtime.pauseContainer(container.name);
    if (wasAttached) {
      const attachment = { aliases: [node], address: fixedAddress };
      await runtime.connectNetwork(network, container.name, attachment);
    }
  }
}
