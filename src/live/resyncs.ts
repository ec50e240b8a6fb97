/** What a resynchronisation cost and why it was needed, from the logs of its two sides. Pure. */
import { lastSync } from './last-sync.js';
import { ACCEPTED, ASKED, RECEIVING, REFUSED, readLog, SYNC_STARTED } from './sync-words.js';

export interface Resync {
  readonly node: string;
  /** Null if the log tells of none: the stream was never broken. */
  readonly kind: 'full' | 'partial' | null;
  /** Bytes of the backlog, or of the RDB; null if the logs don't say (a streamed RDB has no size). */
  readonly bytes: number | null;
  /** Why a partial resync was refused, in the server's words; null if none was. */
  readonly reason: string | null;
}

export interface ResyncLogs {
  /** The lines since the fault, oldest first. */
  readonly replica: readonly string[];
  readonly upstream: readonly string[];
  readonly address: string | null;
}

export function describeResync(node: string, { replica, upstream, address }: ResyncLogs): Resync {
  const kind = lastSync(replica)?.kind ?? null;
  if (kind === 'partial')
    return { node, kind, bytes: backlogBytes(upstream, address), reason: null };
  const bytes = numberIn(
    RECEIVING.exec(replica.findLast((line) => RECEIVING.test(line)) ?? '')?.[1],
  );
  return { node, kind, bytes, reason: kind === 'full' ? refusal(replica, upstream) : null };
}

function backlogBytes(upstream: readonly string[], address: string | null): number | null {
  const matches = upstream.map((line) => ACCEPTED.exec(line)).filter((match) => match !== null);
  const mine = matches.findLast((match) => match[1] === address);
  return numberIn(mine?.[2]);
}

/** Most refusals name no replica, but each repeats the id or the offset that was asked for. */
export function refusal(replica: readonly string[], upstream: readonly string[]): string | null {
  const [, id, offset] = ASKED.exec(replica.findLast((line) => ASKED.test(line)) ?? '') ?? [];
  if (id === undefined) return null;
  const mine = new RegExp(`'${id}'|was:? ${offset}\\b`);
  const line = upstream.findLast((text) => REFUSED.test(text) && mine.test(text));
  const match = REFUSED.exec(line ?? '');
  return match?.[1] ?? match?.[2] ?? null;
}

const numberIn = (text: string | undefined): number | null =>
  text === undefined ? null : Number(text);

/** What was logged after the line that was the last one then. */
export function linesAfter(log: readonly string[], marker: string | undefined): readonly string[] {
  const at = marker === undefined ? -1 : log.lastIndexOf(marker);
  return log.slice(at + 1);
}

/**
 * How long the newest resynchronisation took, by the replica's log: from the last time it
 * turned to its upstream before that. Null if there was none.
 */
export function resyncMs(replica: readonly string[]): number | null {
  const done = lastSync(replica);
  if (done === null) return null;
  const endMs = Date.parse(done.at);
  const starts = readLog(replica.filter((line) => SYNC_STARTED.test(line)));
  const start = starts.findLast(({ atMs }) => atMs <= endMs);
  return start ? endMs - start.atMs : null;
}
