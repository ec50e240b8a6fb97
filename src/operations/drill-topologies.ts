/** Topologies for drills: brought up as `up` does, removed with their data, and changed by nobody else. */
import { randomUUID } from 'node:crypto';
import { listTopology } from '../docker/topologies.js';
import type { Act } from '../drills/drill.js';
import type { Topologies } from '../drills/run-drill.js';
import { bringUp } from '../execute/bring-up.js';
import { takeDown } from '../execute/take-down.js';
import { openTopology } from '../live/live-topology.js';
import { resolveTopology } from '../topology/resolve.js';
import { readTemplates, type Templates } from '../topology/shipped.js';
import type { SecurityWish, Topology } from '../topology/topology.js';
import { readTopologyData } from '../topology/topology-data.js';
import { type Release, takeLock } from './lock.js';
import type { Engine } from './operation.js';
import type { Run } from './run.js';

/** What a run of drills decides for all of their topologies. */
export interface DrillServers {
  readonly image: string;
  readonly security: SecurityWish;
}

/** For removal, whatever became of the drill's own time. */
const REMOVAL_MS = 120_000;
/** Should rrepl be killed, `rrepl prune` removes what is left. */
const EXPIRY = '30m';

export async function drillTopologies(
  engine: Engine,
  servers: DrillServers,
  { emit }: Pick<Run, 'emit'>,
): Promise<Topologies> {
  const [connect, templates] = await Promise.all([engine.loadRedis(), readTemplates()]);
  const releases = new Map<string, Release>();
  return {
    up: async (name, act, { deadline, signal }) => {
      const run = { deadline, signal, emit };
      const topology = topologyOf(name, act, { ...servers, ...templates });
      releases.set(name, await takeLock(engine, name, run));
      await bringUp({
        id: randomUUID(),
        wish: { name, dir: null, resolve: () => topology },
        ...{ deadline, signal, connect },
        connectRuntime: engine.connectRuntime,
        owners: engine.owners,
        emit: () => {},
        retain: false,
      });
      // What the engine was asked to do is done to its end, also after Ctrl-C: the removal follows.
      const ends = AbortSignal.timeout(Math.ceil(deadline.remainingMs()) + REMOVAL_MS);
      return openTopology(await engine.connectRuntime(ends), engine.loadRedis, name);
    },
    down: async (name) => {
      const signal = AbortSignal.timeout(REMOVAL_MS);
      const runtime = await engine.connectRuntime(signal);
      const found = await listTopology(runtime, name);
      await takeDown(runtime, found, { volumes: true, signal, emit: () => {} }).finally(
        releases.get(name),
      );
    },
  };
}

/** @throws InvalidTopologyError with what is wrong with it on these servers. */
export function topologyOf(
  name: string,
  { topology, disks = {} }: Pick<Act, 'topology' | 'disks'>,
  { image, security, template, sentinelTemplate }: DrillServers & Templates,
): Topology {
  const resolved = resolveTopology(
    {
      flags: { name, image, ttl: EXPIRY, user: security.user, tls: security.tls },
      env: {},
      cwd: '/',
      file: { name: 'the topology', wish: readTopologyData(topology).wish },
      conf: null,
      sentinelTemplate,
      template: { name: 'templates/redis.conf', text: template },
      password: security.password,
      complete: true,
      problems: [],
    },
    null,
  );
  const nodes = resolved.nodes.map((node) => {
    const dataBytes = disks[node.name];
    return dataBytes === undefined ? node : { ...node, dataBytes };
  });
  return { ...resolved, nodes };
}
