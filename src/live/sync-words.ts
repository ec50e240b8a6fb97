/**
 * What `src/replication.c` logs of a synchronisation, on either side. Newer products say
 * primary where older ones say master; the rest has stayed since 4.0. Pure.
 */

/** A line with its time: `1:S 22 Nov 2026 20:42:27.283 * …` is process, role, time, level, words. */
export interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

const STAMP = /^\d+:[A-Z] (\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}) /;

/** The lines that have a time; containers log in UTC. */
export function readLog(lines: readonly string[]): LogLine[] {
  return lines.flatMap((text) => {
    const stamp = STAMP.exec(text)?.[1];
    return stamp === undefined ? [] : [{ atMs: Date.parse(`${stamp} UTC`), text }];
  });
}

/** On the replica: why it has to synchronise, … */
export const STARTED = /(?:Redis|Valkey) is starting/;
export const LINK_LOST = /Connection with (?:master|primary) lost/;
export const TOLD = /REPLICAOF (\S+) enabled/;
/** … with whom, … */
export const CONNECTING = /(?:Connecting|Reconnecting) to (?:MASTER|PRIMARY) (\S+):(\d+)/;
export const SYNC_STARTED = /(?:MASTER|PRIMARY) <-> REPLICA sync started/;
/** … what it asks for, … */
export const ASKED = /Trying a partial resynchronization \(request ([0-9a-f]+):(\d+)\)/;
export const NOTHING_TO_ASK = /Partial resynchronization not possible/;
/** … what it gets (a streamed RDB has no size), … */
export const RECEIVING =
  /(?:MASTER|PRIMARY) <-> REPLICA sync: receiving (?:(\d+) bytes|streamed RDB) .* to (disk|parser)/;
export const LOADING =
  /(?:MASTER|PRIMARY) <-> REPLICA sync: (?:Flushing old data|Loading DB in memory)/;
/** … and that it succeeded. */
export const FULL_DONE = /(?:MASTER|PRIMARY) <-> REPLICA sync: Finished with success/;
export const PARTIAL_DONE = /Successful partial resynchronization with (?:master|primary)/i;

/** On the upstream: who asks, … */
export const ASKS = /Replica (\S+):\d+ asks for synchronization/;
/** … what it is answered, … */
export const FULL_REQUESTED = /Full resync requested by replica/;
export const ACCEPTED =
  /Partial resynchronization request from (\S+):\d+ accepted\. Sending (\d+) bytes/;
export const REFUSED =
  /Partial resynchronization not accepted: (.*)|Unable to partial resync with replica \S+ (for lack of backlog.*)/;
/** … whom it has closed the link to, and why, … */
export const OVERFLOWED =
  /addr=(\S+):\d+ .*scheduled to be closed ASAP for overcoming of output buffer limits/;
export const TIMED_OUT = /Disconnecting timedout replica.*: (\S+):\d+/;
/** … and the RDB that is made. */
export const BGSAVE_BEGINS = /Starting BGSAVE for SYNC with target: (disk|replicas sockets)/;
export const BGSAVE_ENDS = /Background (?:saving|RDB transfer) terminated/;

/** On a promoted node. */
export const PROMOTED = /(?:MASTER|PRIMARY) MODE enabled/;
export const SECOND_ID = /Setting secondary replication ID to/;
