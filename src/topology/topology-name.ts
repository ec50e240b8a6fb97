/** The topology's name alone, for commands that look at what is there. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadContext } from './load.js';
import { DEFAULT_FILE, DEFAULT_NAME, TOPOLOGY_NAME } from './topology.js';

/**
 * As a flag, a variable or rrepl.yaml says; such commands go on working while the rest of that
 * file is wrong. Where no file has to be read its schema isn't loaded, which takes a quarter of
 * the time of a short command.
 * @throws InvalidTopologyError if what should say the name can't be read, or isn't a name.
 */
export async function topologyNameOf(
  flags: { readonly name?: string | undefined; readonly file?: string | undefined },
  ctx: Omit<LoadContext, 'stdin'>,
): Promise<string> {
  const { RREPL_NAME, RREPL_FILE } = ctx.env;
  const name = flags.name ?? (RREPL_NAME || undefined);
  if (name !== undefined && TOPOLOGY_NAME.test(name)) return name;
  const hasFile =
    flags.file !== undefined || RREPL_FILE || existsSync(resolve(ctx.cwd, DEFAULT_FILE));
  if (name === undefined && !hasFile) return DEFAULT_NAME;
  const { loadTopologyName } = await import('./load.js');
  return loadTopologyName(flags, ctx);
}
