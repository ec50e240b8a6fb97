import type { Access } from '../../access/access.js';
import { ACCESS_FILE } from '../../access/access-files.js';
import type { Context } from '../../context.js';
import { CONF_FOLDER } from '../../docker/names.js';
import { UsageError } from '../../errors.js';
import { findNode } from '../../live/find-node.js';
import { readStatus } from '../../live/status.js';
import type { TargetOptions } from '../flags.js';
import { hinted } from '../hints/index.js';
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
    const status = await readStatus(live);
    const { name, container, state } = findNode(status, options.node ?? 'master');
    if (container === null || state !== 'running') {
      throw hinted(
        new UsageError(`${name} is ${state}`),
        `\`rrepl up --name ${status.topology}\` brings it back`,
      );
    }
    return live.runtime.execInteractive(container, redisCli(live.access, options.args), context);
  });
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
