/** Salvage from a node of a topology that is there, into a folder on this host. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replicationNetworkName } from '../docker/names.js';
import { FailedError } from '../errors.js';
import { salvage } from '../failover/salvage.js';
import type { Limits } from '../redis/wait.js';
import { askReplication } from '../stream/attach.js';
import { withWire } from '../stream/read-stream.js';
import { type Salvage, salvageCommands, salvageText } from '../stream/salvage-file.js';
import { placeOf, type StreamPlace } from '../stream/wire.js';
import type { LiveTopology } from './live-topology.js';

type Searched = Pick<LiveTopology, 'name' | 'runtime' | 'access' | 'nodes'>;

/** Of the writes for `redis-cli --pipe`, and of all that is known of them. */
export const SALVAGE_FILES = { resp: 'salvage.resp', json: 'salvage.jsonl' } as const;

export interface Salvaged {
  readonly folder: string;
  readonly found: Salvage;
}

/**
 * Writes both files, also where nothing is lost. The node is fenced from then on; one that is paused
 * is awake meanwhile, off the replication network.
 */
export async function salvageNode(
  live: Searched,
  node: string,
  folder: string,
  limits: Limits,
): Promise<Salvaged> {
  const found = await awake(live, node, () => salvageFrom(live, node, limits));
  // Values may be secret.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, content: string | Buffer) =>
    writeFile(join(folder, name), content, { mode: 0o600 });
  await write(SALVAGE_FILES.resp, salvageCommands(found.lines));
  await write(SALVAGE_FILES.json, salvageText(found));
  return { folder, found };
}

async function salvageFrom(live: Searched, node: string, limits: Limits): Promise<Salvage> {
  const { deadline, signal } = limits;
  const former = placesOf(live).find(({ name }) => name === node);
  if (former === undefined) throw new FailedError(`${node} does not run: its stream can't be read`);
  const bounds = { deadlineMs: deadline.remainingMs(), signal };
  const { id } = await withWire(former, bounds, askReplication);
  const master = await findMaster(live, { node, id }, limits);
  return salvage({ topology: live.name, former, master }, bounds);
}

const placesOf = ({ nodes, runtime, access }: Searched): StreamPlace[] =>
  nodes.flatMap(({ name, port, container }) =>
    port !== null && (container?.state === 'running' || container?.state === 'paused')
      ? [placeOf(name, { host: runtime.publishedHost, port }, access)]
      : [],
  );

const ASK_MS = 2000;

/** The master that took over from this stream; else any beside the node, or any if that is null. */
export async function findMaster(
  live: Searched,
  { node, id }: { readonly node: string | null; readonly id: string | null },
  { deadline, signal }: Limits,
): Promise<StreamPlace> {
  const isRunning = (name: string) =>
    live.nodes.find((it) => it.name === name)?.container?.state === 'running';
  const others = placesOf(live).filter(({ name }) => name !== node && isRunning(name));
  const bounds = { deadlineMs: Math.min(ASK_MS, deadline.remainingMs()), signal };
  const seen = await Promise.all(
    others.map((place) => withWire(place, bounds, askReplication).catch(() => null)),
  );
  const masters = others.flatMap((place, index) => {
    const replication = seen[index];
    return replication?.role === 'master' ? [{ place, tookOver: replication.secondId === id }] : [];
  });
  const master = masters.find(({ tookOver }) => tookOver) ?? masters[0];
  if (master) return master.place;
  const beside = node === null ? '' : ` beside ${node}`;
  throw new FailedError(`topology ${live.name} has no master${beside}`, {
    about: { code: 'no-master', topology: live.name, nodes: live.nodes.map(({ name }) => name) },
  });
}

/** A paused node is woken for as long as the work lasts. */
async function awake<T>(live: Searched, node: string, work: () => Promise<T>): Promise<T> {
  const container = live.nodes.find(({ name }) => name === node)?.container;
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
      await runtime.connectNetwork(network, container.name, [node]);
    }
  }
}
