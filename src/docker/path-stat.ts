/** What the engine says of a path. */
import type { FileStat } from './runtime.js';

/** Of Go's `fs.FileMode`. */
const FOLDER = 2 ** 31;
const LINK = 2 ** 27;

/** What the engine says of a path in its header `X-Docker-Container-Path-Stat`. */
export function parsePathStat(header: string): { stat: FileStat; linkTarget: string | null } {
  const said = JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  const { size, mode, mtime, linkTarget } = said;
  return {
    stat: { bytes: size, modifiedMs: Date.parse(mtime), isFolder: (mode & FOLDER) !== 0 },
    linkTarget: (mode & LINK) === 0 ? null : linkTarget,
  };
}
