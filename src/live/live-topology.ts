/**
 * A topology that is there, with a connection to each of its servers. What every command
 * after `up` works on. Close it: open connections keep the process alive.
 */
import type { Access } from '../access/access.js';
import {
  type ObservedNode,
  type ObservedTopology,
  observeTopology,
  refuseUnreadable,
} from '../docker/observe.js';
import type { Runtime } from '../docker/runtime.js';
import { FailedError, UsageError } from '../errors.js';
import { NoReplyError, type RedisNode } from '../redis/node.js';
import type { ConnectRedis } from './reach.js';
import { connector, observeAccess } from './reach.js';
import type { Server } from './server-exit.js';

export interface LiveNode {
  readonly name: string;
  readonly observed: ObservedNode;
  /** Opens with the first command; without a container no command is ever answered. */
  readonly redis: RedisNode;
}

export interface LiveTopology {
  readonly name: string;
  readonly runtime: Runtime;
  readonly nodes: readonly LiveNode[];
  readonly observed: ObservedTopology;
  /** How its servers are reached; null if everyone is let in. */
  readonly access: Access | null;
  /** One more connection to a node, apart from the one that `nodes` holds. Whoever asks closes it. */
  connect(node: string): RedisNode;
  /** Looks at the containers again: one that was started anew may have another address. */
  observe(): Promise<ObservedTopology>;
  close(): void;
}

/** Rejects with `UsageError` if the engine has no topology of this name. */
export async function openTopology(
  runtime: Runtime,
  loadRedis: () => Promise<ConnectRedis>,
  name: string,
): Promise<LiveTopology> {
  // Loaded while the engine answers.
  const [observed, connect] = await Promise.all([observeTopology(runtime, name), loadRedis()]);
  refuseUnreadable(observed);
  refuseAbsent(runtime, observed);
  const access = await observeAccess(runtime, observed);
  const connectTo = connector(runtime, connect, name, access);
  const open = (node: string): RedisNode => {
    const port = observed.nodes.find((it) => it.name === node)?.port ?? null;
    return port === null ? absent(node) : connectTo(node, port);
  };
  const nodes = observed.nodes.map((node) => ({
    name: node.name,
    observed: node,
    redis: open(node.name),
  }));
  return {
    name,
    runtime,
    nodes,
    observed,
    access,
    connect: open,
    observe: () => observeTopology(runtime, name),
    close: () => {
      for (const { redis } of nodes) redis.close();
    },
  };
}

/** Throws `UsageError` if no node of it has a container. */
export function refuseAbsent(
  { endpoint }: Runtime,
  { name, nodes, strays, volumes }: ObservedTopology,
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
  close: () => {},
});

/** Throws `FailedError` if the node has none. */
export function containerOf({ name, observed }: LiveNode): string {
  if (observed.container !== null) return observed.container.name;
  throw new FailedError(`the container of ${name} is gone`, {
    about: { code: 'container-gone', node: name },
  });
}

/** For a wait that ends if one of them stops. Throws `FailedError` if one has no container. */
export const serversOf = (...nodes: readonly LiveNode[]): Server[] =>
  nodes.map((node) => ({ node: node.name, container: containerOf(node) }));
