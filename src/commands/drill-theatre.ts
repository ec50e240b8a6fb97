/** Topologies for drills: brought up as `up` does, removed with their data, and changed by nobody else. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { mergeLayers, toDirective } from '../config/directives.js';
import type { Context } from '../context.js';
import { observeTopology } from '../docker/observe.js';
import type { Setting } from '../drills/drill.js';
import type { Theatre } from '../drills/run-drill.js';
import { bringUp } from '../execute/bring-up.js';
import { takeDown } from '../execute/take-down.js';
import { openTopology } from '../live/live-topology.js';
import type { Release } from '../operations/lock.js';
import { DEFAULTS } from '../topology/resolve.js';
import { shippedFile } from '../topology/shipped.js';
import { type SecurityWish, type Topology, UNLIMITED } from '../topology/topology.js';
import { takeLock } from './session.js';

export interface TheatreOptions {
  readonly image: string;
  readonly security: SecurityWish;
  readonly host: string | undefined;
}

/** Whatever became of the drill's own time. */
const STRIKE_MS = 120_000;
/** Should rrepl be killed, `rrepl prune` removes what is left. */
const EXPIRY_MS = 30 * 60_000;

export async function openTheatre(
  context: Context,
  { host, ...servers }: TheatreOptions,
): Promise<Theatre> {
  const [connect, template] = await Promise.all([
    context.loadRedis(),
    readFile(shippedFile('templates/redis.conf'), 'utf8'),
  ]);
  const releases = new Map<string, Release>();
  return {
    raise: async (name, setting, { deadline, signal }) => {
      releases.set(name, await takeLock(context, { name, host, deadline, signal }));
      await bringUp({
        id: randomUUID(),
        wish: {
          name,
          dir: null,
          resolve: () => topologyOf(name, setting, { ...servers, template }),
        },
        deadline,
        signal,
        connectRuntime: (ends) => context.connectRuntime(host, ends),
        connect,
        emit: () => {},
        again: `rrepl up --name ${name}`,
        retain: false,
      });
      // What the engine was asked to do is done to its end, also after Ctrl-C: the removal follows.
      const ends = AbortSignal.timeout(Math.ceil(deadline.remainingMs()) + STRIKE_MS);
      return openTopology(await context.connectRuntime(host, ends), context.loadRedis, name);
    },
    strike: async (name) => {
      const signal = AbortSignal.timeout(STRIKE_MS);
      const runtime = await context.connectRuntime(host, signal);
      const found = await observeTopology(runtime, name);
      await takeDown(runtime, found, { volumes: true, signal, emit: () => {} }).finally(
        releases.get(name),
      );
    },
  };
}

function topologyOf(
  name: string,
  { replicas, config = {}, nodes = {}, dataBytes = {} }: Setting,
  servers: Pick<Topology, 'image' | 'security' | 'template'>,
): Topology {
  const layer = (directives: Readonly<Record<string, string>>) =>
    Object.entries(directives).map(([directive, value]) => toDirective(directive, value));
  return {
    ...servers,
    name,
    nodes: Array.from({ length: replicas + 1 }, (_, at) => {
      const node = `redis-${at + 1}`;
      const size = dataBytes[node];
      return {
        name: node,
        upstream: at === 0 ? null : 'redis-1',
        directives: mergeLayers(layer(config), layer(nodes[node] ?? {})),
        ...(size === undefined ? {} : { dataBytes: size }),
      };
    }),
    port: { first: DEFAULTS.port, asked: false },
    containers: UNLIMITED,
    expires: Date.now() + EXPIRY_MS,
    dir: null,
  };
}
