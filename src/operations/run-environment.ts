/** What the user's program is told of the topology, by its environment. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { access } from './access.js';
import { env } from './env.js';
import type { Engine } from './operation.js';

/** @param door where it finds the master, whoever that is */
export async function environment(
  engine: Engine,
  topology: string,
  door: { readonly url: string; readonly host: string; readonly port: number },
  inherited: Readonly<Record<string, string | undefined>>,
) {
  const { url, host, port } = door;
  const [{ replicaUrls, masterName, sentinels }, { password, user, ca }] = await Promise.all([
    env(engine, { topology, showSecrets: true }),
    access(engine, { topology }),
  ]);
  const folder = ca === null ? null : await mkdtemp(join(tmpdir(), 'rrepl-run-'));
  const caFile = folder === null ? undefined : join(folder, 'ca.crt');
  if (caFile !== undefined) await writeFile(caFile, ca ?? '');
  return {
    env: {
      ...inherited,
      REDIS_URL: url,
      REDIS_HOST: host,
      REDIS_PORT: String(port),
      REDIS_REPLICA_URLS: replicaUrls.join(','),
      REDIS_SENTINELS: sentinels?.join(','),
      REDIS_MASTER_NAME: masterName,
      REDIS_PASSWORD: password ?? undefined,
      REDIS_USERNAME: user ?? undefined,
      REDIS_CA_FILE: caFile,
      RREPL_NAME: topology,
    },
    remove: async () => {
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}
