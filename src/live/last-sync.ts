/** How a replica last got its stream, read from its log. Pure. */

export interface LastSync {
  readonly kind: 'full' | 'partial';
  /** ISO 8601; containers log in UTC. */
  readonly at: string;
}

/** What `src/replication.c` logs on a replica when a synchronisation has succeeded; newer products say primary. */
const FULL = /(?:MASTER|PRIMARY) <-> REPLICA sync: Finished with success/;
const PARTIAL = /Successful partial resynchronization with (?:master|primary)/i;

/** `1:S 22 Nov 2026 20:42:27.283 * …`: process, role, time. */
const STAMP = /^\d+:[A-Z] (\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}) /;

/** The newest synchronisation in these lines (oldest first), or null if they hold none. */
export function lastSync(log: readonly string[]): LastSync | null {
  const line = log.findLast((text) => FULL.test(text) || PARTIAL.test(text));
  const at = line === undefined ? null : stampOf(line);
  return line === undefined || at === null
    ? null
    : { kind: FULL.test(line) ? 'full' : 'partial', at };
}

/** When a server logged this line, in ISO 8601; null if it begins with no time. */
export function stampOf(line: string): string | null {
  const stamp = STAMP.exec(line)?.[1];
  return stamp === undefined ? null : new Date(`${stamp} UTC`).toISOString();
}
