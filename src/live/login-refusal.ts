/** Why an upstream does not let a replica in: only the replica's log says it. Pure. */

/** `-WRONGPASS …` of AUTH, `-NOAUTH …` of PING, `-NOPERM …` of PSYNC (src/replication.c), or TLS's own words. */
const REFUSAL =
  /-?\b((?:NOAUTH|WRONGPASS|NOPERM)\b.*?)'?$|(?:connection|SSL_connect).*(SSL|TLS|certificate.*)$/i;
const SYNCED = /Finished with success|Successful partial resynchronization/i;

/** The last refusal, unless the link came up after it; null if there is none. */
export function loginRefusal(log: readonly string[]): string | null {
  const last = log.findLast((line) => REFUSAL.test(line) || SYNCED.test(line));
  return (last && REFUSAL.exec(last)?.[1]) ?? null;
}
