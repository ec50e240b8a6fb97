import type { Context } from '../../context.js';
import { env } from '../../operations/env.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

export type EnvOptions = TargetOptions & OptionsOf<'json' | 'show-secrets'>;

/** `NAME=value` lines for `export $(rrepl env)` or a .env file. Roles are those of this moment. */
export async function envCommand(context: Context, options: EnvOptions): Promise<number> {
  const { host, showSecrets = false, json } = options;
  const topology = await topologyName(context, options);
  const { signal } = context;
  const found = await env(context.engine(host), { topology, showSecrets }, { signal });
  const { url, replicaUrls, masked } = found;
  if (json) printJson(context, { topology, url, replicaUrls });
  else context.stdout.write(`REDIS_URL=${url}\nREDIS_REPLICA_URLS=${replicaUrls.join(',')}\n`);
  if (masked) context.stderr.write('the password is masked; --show-secrets prints it\n');
  return 0;
}
