import type { Context } from '../../context.js';
import { type Addresses, env } from '../../operations/env.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

export type EnvOptions = TargetOptions & OptionsOf<'json' | 'show-secrets'>;

/** `NAME=value` lines for `export $(rrepl env)` or a .env file. Roles are those of this moment. */
export async function envCommand(context: Context, options: EnvOptions): Promise<number> {
  const { host, showSecrets = false, json } = options;
  const topology = await topologyName(context, options);
  const { signal } = context;
  const found = await env(context.engine(host), { topology, showSecrets }, { signal });
  const { masked, ...addresses } = found;
  if (json) printJson(context, addresses);
  else context.stdout.write(lines(addresses));
  if (masked) context.stderr.write('the password is masked; --show-secrets prints it\n');
  return 0;
}

function lines({
  url,
  replicaUrls,
  masterName,
  sentinels = [],
}: Omit<Addresses, 'masked'>): string {
  const variables = [
    ['REDIS_URL', url],
    ['REDIS_REPLICA_URLS', replicaUrls.join(',')],
    ...(masterName === undefined
      ? []
      : [
          ['REDIS_SENTINELS', sentinels.join(',')],
          ['REDIS_MASTER_NAME', masterName],
        ]),
  ];
  return variables.map(([name, value]) => `${name}=${value}\n`).join('');
}
