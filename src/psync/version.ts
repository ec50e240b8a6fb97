import type { ServerFacts } from '../redis/info.js';

/** Whether a server has what Redis has from `major.minor` on. Every Valkey branched off 7.2.4 or later. */
export function atLeast({ product, version }: ServerFacts, major: number, minor = 0): boolean {
  const [ours = 0, ourMinor = 0] = product === 'valkey' ? [7, 2] : version.split('.').map(Number);
  return ours > major || (ours === major && ourMinor >= minor);
}
