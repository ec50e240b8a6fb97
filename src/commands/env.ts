import type { Context } from '../context.js';
import { FailedError } from '../errors.js';
import { mastersAmong, oneMasterAgain, severalMasters } from '../live/masters.js';
import { readStatus, type StatusWish } from '../live/status.js';
import { type TargetOptions, withTopology } from './session.js';

export interface EnvOptions extends TargetOptions, StatusWish {}

/** `NAME=value` lines for `export $(rrepl env)` or a .env file. Roles are those of this moment. */
export async function envCommand(context: Context, options: EnvOptions): Promise<number> {
  const status = await withTopology(context, options, (live) => readStatus(live, options));
  const urls = (role: string) =>
    status.nodes.flatMap((node) => (node.role === role && node.url ? [node.url] : []));
  const several = severalMasters(mastersAmong(status.nodes));
  if (several !== null) {
    throw new FailedError(`topology ${status.topology} has ${several}`, {
      hint: oneMasterAgain(status.topology),
    });
  }
  const [master] = urls('master');
  if (master === undefined) {
    throw new FailedError(`topology ${status.topology} has no master that answers`, {
      hint: `\`rrepl status --name ${status.topology}\` shows what its nodes say`,
    });
  }
  context.stdout.write(`REDIS_URL=${master}\nREDIS_REPLICA_URLS=${urls('replica').join(',')}\n`);
  if (status.security.password && !options.showSecrets) {
    context.stderr.write('the password is masked; --show-secrets prints it\n');
  }
  return 0;
}
