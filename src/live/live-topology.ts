/**
 * A topology that is there, with a connection to each of its servers. What every command
 * after `up` works on. Close it: open connections keep the process alive.
 */
import type { Access } from '../access/access.js';
import type { Runtime } from '../docker/runtime.js';
import {
  type EngineNode,
  type EngineTopology,
  listTopology,
  refuseUnreadable,
} from '../docker/topologies.js';
import { FailedError, UsageError } from '../errors.js';
import type { ConnectRedis } from '../observe/reach.js';
import { connector, observeAccess } from '../observe/reach.js';
import { NoReplyError, type RedisNode } from '../redis/node.js';
import type { Server } from './server-exit.js';

export interface LiveNode extends EngineNode {
  /** Opens with the first command; without a container no command is ever answered. */
  readonly redis: RedisNode;
}

export interface LiveTopology extends EngineTopology {
  readonly runtime: Runtime;
  readonly nodes: readonly LiveNode[];
  readonly sentinels: readonly LiveNode[];
  /** How its servers are reached; null if everyone is let in. */
  readonly access: Access | null;
  /** One more connection to a node or sentinel, apart from the one that `nodes` holds. Whoever asks closes it. */
  connect(node: string): RedisNode;
  /** The same, as the engine has it now: a container that was started anew may have another address. */
  lookAgain(): Promise<LiveTopology>;
  close(): void;
}

/** The name of the node that keeps this address on the replication network; undefined if none does. */
export const nodeAt = (
  nodes: readonly Pick<LiveNode, 'name' | 'fixedAddress'>[],
  address: string | undefined,
): string | undefined => nodes.find(({ fixedAddress }) => fixedAddress === address)?.name;

/** Rejects with `UsageError` if the engine has no topology of this name. */
export async function openTopology(
  runtime: Runtime,
  loadRedis: () => Promise<ConnectRedis>,
  name: string,
): Promise<LiveTopology> {
  // Loaded while the engine answers.
  const [seen, connect] = await Promise.all([listTopology(runtime, name), loadRedis()]);
  refuseUnreadable(seen);
  refuseAbsent(runtime, seen);
  const access = await observeAccess(runtime, seen);
  const connectTo = connector(runtime, connect, name, access);
  const open = (node: string): RedisNode => {
    const its = (it: EngineNode) => it.name === node;
    const watching = seen.sentinels.find(its);
    const port = (watching ?? seen.nodes.find(its))?.port ?? null;
    return port === null ? absent(node) : connectTo(node, port, watching && 'sentinel');
  };
  const nodes = seen.nodes.map((node) => ({ ...node, redis: open(node.name) }));
  const sentinels = seen.sentinels.map((node) => ({ ...node, redis: open(node.name) }));
  const live: LiveTopology = {
    ...seen,
    runtime,
    nodes,
    sentinels,
    access,
    connect: open,
    lookAgain: async () => {
      const now = await listTopology(runtime, name);
      const same = (before: readonly LiveNode[], after: readonly EngineNode[]) =>
        before.map((node) => ({ ...node, ...after.find((it) => it.name === node.name) }));
      return {
        ...live,
        ...now,
        nodes: same(nodes, now.nodes),
        sentinels: same(sentinels, now.sentinels),
      };
    },
    close: () => {
      for (const { redis } of [...nodes, ...sentinels]) redis.close();
    },
  };
  return live;
}

/** Throws `UsageError` if no node of it has a container. */
export function refuseAbsent(
  { endpoint }: Runtime,
  { name, nodes, strays, volumes }: EngineTopology,
) {
  if (nodes.some(({ container }) => container !== null)) return;
  throw new UsageError(`there is no topology ${name} on ${endpoint}`, {
    about: {
      code: 'no-topology',
      topology: name,
      strays: strays.map((it) => it.name),
      volumes: volumes.length,
    },
  });
}

const absent = (name: string): RedisNode => ({
  name,
  call: () => Promise.reject(new NoReplyError(`${name} has no container`)),
  disconnect: () => {},
  close: () => {},
});

/** Throws `FailedError` if the node has none. */
export function containerOf({ name, container }: LiveNode): string {
  if (container !== null) return container.name;
  throw new FailedError(`the container of ${name} is gone`, {
    about: { code: 'container-gone', node: name },
  });
}

/** For a wait that ends if one of them stops. Throws `FailedError` if one has no container. */
export const serverOf = (node: LiveNode): Server => ({
  node: node.name,
  container: containerOf(node),
});

export const serversOf = (...nodes: readonly LiveNode[]): Server[] => nodes.map(serverOf);
