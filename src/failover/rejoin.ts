/**
 * A former master comes back as a replica. Its role is changed in its mounted redis.conf
 * before it starts, so that it never takes a write as a second master.
 */
import { holdsSecrets } from '../access/conf-lines.js';
import { withUpstream } from '../config/upstream.js';
import { CONF_FILE, CONF_FOLDER } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import { serverOwner } from '../docker/server-user.js';
import { EngineError } from '../errors.js';
import type { SetAside } from '../observe/set-aside.js';
import { type Place, setAside } from './set-aside.js';

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
): Promise<void> {
  const details = await runtime.inspectContainer(container);
  const owner = await serverOwner(runtime, container, details?.user || null);
  // Read last: what others write in between would be undone.
  const conf = await runtime.readFile(container, CONF_FILE);
  if (conf === null) throw new EngineError(`${container} has no ${CONF_FILE}`);
  const mode = holdsSecrets(conf) ? 0o600 : 0o644;
  const file = { path: 'redis.conf', content: rewrite(conf), mode, ...owner };
  await runtime.writeFiles(container, CONF_FOLDER, [file]);
}

export interface Rejoining {
  readonly upstream: string;
  /** Why what its disk holds is set aside before; null for a topology that is removed afterwards. */
  readonly cause: string | null;
}

/** A node that doesn't run is a replica from its next start on. Returns what was set aside. */
export async function demote(
  runtime: Runtime,
  place: Place,
  { upstream, cause }: Rejoining,
): Promise<SetAside | null> {
  const kept = cause === null ? null : await setAside(runtime, place, cause);
  await writeRole(runtime, place.container, upstream);
  return kept;
}

/** The same, and it is started; it then discards what its upstream doesn't have. */
export async function rejoin(
  runtime: Runtime,
  place: Place,
  rejoining: Rejoining,
): Promise<SetAside | null> {
  const kept = await demote(runtime, place, rejoining);
  await runtime.startContainer(place.container);
  return kept;
}
