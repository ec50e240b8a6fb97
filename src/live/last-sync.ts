/** How a replica last got its stream, read from its log. Pure. */
import { FULL_DONE, PARTIAL_DONE, readLog } from './sync-words.js';

export interface LastSync {
  readonly kind: 'full' | 'partial';
  /** ISO 8601 */
  readonly at: string;
}

/** The newest synchronisation in these lines (oldest first), or null if they hold none. */
export function lastSync(log: readonly string[]): LastSync | null {
  const line = readLog(log.filter((text) => FULL_DONE.test(text) || PARTIAL_DONE.test(text))).at(
    -1,
  );
  if (line === undefined) return null;
  const kind = FULL_DONE.test(line.text) ? 'full' : 'partial';
  return { kind, at: new Date(line.atMs).toISOString() };
}
