/** Why an upstream does not let a replica in: only the replica's log says it. Pure. */

/** What `src/replication.c` logs of the answers to AUTH, PING, REPLCONF and PSYNC. */
const REFUSAL = /\b((?:NOAUTH|WRONGPASS|NOPERM) .*?)['")]*$/;
const SYNCED = /Finished with success|Successful partial resynchronization/;

/** The last refusal, unless the link came up after it; null if there is none. */
export function loginRefusal(log: readonly string[]): string | null {
  const last = log.findLast((line) => REFUSAL.test(line) || SYNCED.test(line));
  return (last && REFUSAL.exec(last)?.[1]) ?? null;
}
