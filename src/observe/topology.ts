/** A topology as it is there, with what `down` kept of it. Looks only. */
import type { Runtime } from '../docker/runtime.js';
import { type EngineTopology, listTopology, refuseUnreadable } from '../docker/topologies.js';
import { readKept, withKept } from './kept.js';
import { observe } from './nodes.js';
import type { ObservedNode, ObservedTopology } from './observed.js';
import { type ConnectRedis, connector, observeAccess, readAccessUnder } from './reach.js';

/** @param said the folder that is wished; null for the one that is there, if any */
export async function observeTopology(
  runtime: Runtime,
  connect: ConnectRedis,
  name: string,
  said: string | null,
): Promise<ObservedTopology> {
  const first = await look(runtime, connect, name);
  const { access, ...found } = first.nodes.some(hasVanished)
    ? await look(runtime, connect, name)
    : first;
  const dir = said ?? dirOf(found);
  const observed = withKept(found, await readKept(found, dir));
  // Under --dir the files outlive the containers.
  return { ...observed, access: access ?? (dir === null ? null : await readAccessUnder(dir)) };
}

async function look(
  runtime: Runtime,
  connect: ConnectRedis,
  name: string,
): Promise<ObservedTopology> {
  const seen = await listTopology(runtime, name);
  refuseUnreadable(seen);
  const access = await observeAccess(runtime, seen);
  return { ...(await observe(runtime, connector(runtime, connect, name, access), seen)), access };
}

/** Its redis.conf went between two questions: a `scale` or `down` that was killed had it removed. */
const hasVanished = ({ state, config }: ObservedNode): boolean =>
  config === null && state !== 'created' && state !== 'gone';

const dirOf = ({ nodes }: EngineTopology): string | null =>
  nodes.find(({ container }) => container)?.dir ?? null;
