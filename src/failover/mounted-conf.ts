/** The mounted redis.conf of a node that need not run: what it is from its next start on. */
import { holdsSecrets } from '../access/conf-lines.js';
import { withUpstream } from '../config/upstream.js';
import { CONF_FOLDER } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import { serverOwner } from '../docker/server-user.js';
import { EngineError } from '../errors.js';

/** Rewrites the role in the mounted redis.conf of a container that need not run. */
export const writeRole = (
  runtime: Runtime,
  container: string,
  upstream: string | null,
): Promise<void> => rewriteConf(runtime, container, (conf) => withUpstream(conf, upstream));

/** Rewrites the mounted redis.conf of a container that need not run; its owner and mode stay. */
export async function rewriteConf(
  runtime: Runtime,
  container: string,
  rewrite: (conf: string) => string,
  path: 'redis.conf' | 'sentinel.conf' = 'redis.conf',
): Promise<void> {
  const details = await runtime.inspectContainer(container);
  const owner = await serverOwner(runtime, container, details?.user || null);
  // Read last: what others write in between would be undone.
  const conf = await runtime.readFile(container, `${CONF_FOLDER}/${path}`);
  if (conf === null) throw new EngineError(`${container} has no ${CONF_FOLDER}/${path}`);
  const mode = holdsSecrets(conf) ? 0o600 : 0o644;
  const file = { path, content: rewrite(conf), mode, ...owner };
  await runtime.writeFiles(container, CONF_FOLDER, [file]);
}
