/** The files of a node's mounted configuration folder, as they are laid into its container. */
import { accessFiles } from '../access/access-files.js';
import type { FileEntry } from '../docker/runtime.js';
import { serverOwner } from '../docker/server-user.js';
import type { StepOf } from '../plan/plan.js';
import { certificateFor } from './authority.js';
import type { World } from './world.js';

const MODE = {
  open: { folder: 0o755, file: 0o644 },
  secret: { folder: 0o700, file: 0o600 },
} as const;

/**
 * The folder itself must be the server's too: what it writes is a new file beside the old one, which
 * it renames. A mount's root belongs to root until it is told otherwise. The configuration comes last.
 */
export async function confFiles(
  step: StepOf<'writeConfig' | 'writeSentinelConf'>,
  world: World,
  path: string,
  content: string,
): Promise<FileEntry[]> {
  const { runtime, creation } = world;
  const { access, resource, user } = step;
  const files =
    access === null
      ? new Map<string, string>()
      : accessFiles(access, await certificateFor(step, world));
  const mode = access === null ? MODE.open : MODE.secret;
  const ask = creation?.ownerOf ?? ((...question) => serverOwner(runtime, ...question));
  const owner = await ask(resource, user);
  return [
    { path: '.', content: null, mode: mode.folder, ...owner },
    ...[...files].map(([path, content]) => ({ path, content, mode: mode.file, ...owner })),
    { path, content, mode: mode.file, ...owner },
  ];
}
