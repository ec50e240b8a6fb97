import type { Access } from '../../access/access.js';
import { ACCESS_FILE } from '../../access/access-files.js';
import { SENTINEL_PORT } from '../../config/sentinel-conf.js';
import type { Context } from '../../context.js';
import { CONF_FOLDER } from '../../docker/names.js';
import { UsageError } from '../../errors.js';
import { findNode, findSentinel } from '../../live/find-node.js';
import type { LiveTopology } from '../../live/live-topology.js';
import { readStatus } from '../../live/status.js';
import { sentinelAccess } from '../../observe/reach.js';
import type { TargetOptions } from '../flags.js';
import { hinted } from '../hints/own.js';
import { withTopology } from '../session.js';

export interface CliOptions extends TargetOptions {
  /** The master if absent. */
  readonly node?: string | undefined;
  /** Arguments for redis-cli; none opens it for a person. */
  readonly args: readonly string[];
}

/** Runs the image's own redis-cli inside the node's container; returns its exit code. */
export async function cliCommand(context: Context, options: CliOptions): Promise<number> {
  return withTopology(context, options, async (live) => {
    const { name, container, state, command } = await chosen(live, options);
    if (container === null || state !== 'running') {
      throw hinted(
        new UsageError(`${name} is ${state}`),
        `\`rrepl up --name ${live.name}\` brings it back`,
      );
    }
    return live.runtime.execInteractive(container, command, context);
  });
}

async function chosen(live: LiveTopology, { node, args }: CliOptions) {
  const sentinel = findSentinel(live, node);
  if (sentinel !== undefined) {
    const { name, container, state } = sentinel;
    const command = redisCli(sentinelAccess(live.access), ['-p', `${SENTINEL_PORT}`, ...args]);
    return { name, container: container?.name ?? null, state, command };
  }
  const found = findNode(await readStatus(live), node ?? 'master');
  return { ...found, command: redisCli(live.access, args) };
}

/** The password is read inside the container: what is executed there can be seen from outside. */
function redisCli(access: Access | null, args: readonly string[]): string[] {
  const user = access?.login?.user ? ['--user', access.login.user] : [];
  const ca = `${CONF_FOLDER}/${ACCESS_FILE.authority}`;
  const tls = access?.authority ? ['--tls', '--cacert', ca] : [];
  const command = ['redis-cli', ...user, ...tls, ...args];
  if (!access?.login) return command;
  const password = `${CONF_FOLDER}/${ACCESS_FILE.password}`;
  return [
    'sh',
    '-c',
    `REDISCLI_AUTH=$(cat ${password}) && export REDISCLI_AUTH && exec "$@"`,
    'sh',
    ...command,
  ];
}
