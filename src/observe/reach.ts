/** How the servers of a topology are reached: its files say it, wherever a connection is opened. */
import { readdir, readFile } from 'node:fs/promises';
import type { Access } from '../access/access.js';
import { readAccess } from '../access/access-files.js';
import { LABEL } from '../docker/labels.js';
import { CONF_FILE, CONF_FOLDER, containerName, foldersOf } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import { serverOwner } from '../docker/server-user.js';
import { type EngineTopology, listTopology } from '../docker/topologies.js';
import { EngineError } from '../errors.js';
import type { Connect, RedisNode } from '../redis/node.js';

/**
 * A server that an engine publishes on this port. Its connection opens with the first command,
 * and logs in as `access` says.
 */
export type ConnectRedis = (
  runtime: Runtime,
  node: string,
  port: number,
  access: Access | null,
) => RedisNode;

/** Every node has the same files. Null where everyone is let in, which asks the engine nothing. */
export async function observeAccess(
  runtime: Runtime,
  { nodes }: EngineTopology,
): Promise<Access | null> {
  for (const { container } of nodes) {
    if (container === null || !(LABEL.access in container.labels)) continue;
    const files = await runtime.readFolder(container.name, CONF_FOLDER);
    const access = await readAccess((file) => files.get(file) ?? null);
    // A container that was never started may not have its files yet.
    if (access !== null || container.state !== 'created') return access;
  }
  return null;
}

/** The same for the nodes that have files under --dir. */
export async function readAccessUnder(dir: string): Promise<Access | null> {
  for (const name of await readdir(dir).catch(() => [])) {
    const [conf] = foldersOf(dir, name);
    const access = await readAccess((file) =>
      readFile(`${conf}/${file}`, 'utf8').catch(() => null),
    );
    if (access !== null) return access;
  }
  return null;
}

/** Connections to the servers of a topology that is there. */
export async function connectTo(
  runtime: Runtime,
  connect: ConnectRedis,
  topology: string,
): Promise<Connect> {
  const access = await observeAccess(runtime, await listTopology(runtime, topology));
  return connector(runtime, connect, topology, access);
}

/** A protected topology's redis.conf is hidden again whenever one of these connections rewrites it. */
export function connector(
  runtime: Runtime,
  connect: ConnectRedis,
  topology: string,
  access: Access | null,
): Connect {
  return (node, port, as) => {
    if (as === 'sentinel') return connect(runtime, node, port, sentinelAccess(access));
    const server = connect(runtime, node, port, access);
    return access === null ? server : guarded(server, runtime, containerName(topology, node));
  };
}

/** A sentinel knows no ACL users of ours: it asks for the password alone. */
export const sentinelAccess = (access: Access | null): Access | null =>
  access && { ...access, login: access.login && { ...access.login, user: null } };

const CHMOD_MS = 10_000;

/** CONFIG REWRITE makes a new file, which some servers let everyone read. */
function guarded(server: RedisNode, runtime: Runtime, container: string): RedisNode {
  return {
    ...server,
    call: async (command, ...args) => {
      const reply = await server.call(command, ...args);
      if (`${command} ${args[0]}` === 'CONFIG REWRITE') await hide(runtime, container);
      return reply;
    },
  };
}

/** As the file's owner: the container's root may not change what isn't its own. */
async function hide(runtime: Runtime, container: string): Promise<void> {
  const details = await runtime.inspectContainer(container);
  const { uid } = await serverOwner(runtime, container, details?.user || null);
  const command = ['chmod', '600', CONF_FILE];
  const { exitCode, stderr } = await runtime.exec(container, command, CHMOD_MS, String(uid));
  if (exitCode === 0) return;
  throw new EngineError(`${CONF_FILE} in ${container} could not be hidden from others: ${stderr}`);
}
