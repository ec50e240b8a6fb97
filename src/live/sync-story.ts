/** A replica's last synchronisation, as both its sides logged it. Pure. */
import type { PsyncRequest } from '../psync/predict.js';
import type { Cause, Phases, ReplicaSide } from './replica-side.js';
import * as replicas from './replica-side.js';
import { refusal } from './resyncs.js';
import { ASKED, FULL_DONE, type LogLine } from './sync-words.js';
import type { Closing, Rdb } from './upstream-side.js';
import * as upstreams from './upstream-side.js';

/** Why it had to synchronise; where its upstream closed the link, why that did. */
export type SyncCause = Cause | Closing;

export interface SyncStory {
  readonly kind: 'full' | 'partial';
  /** When it had succeeded, ISO 8601. */
  readonly at: string;
  /** From the question to the success. */
  readonly tookMs: number;
  /** Null if its log doesn't say. */
  readonly cause: SyncCause | null;
  /** Whether its upstream was started anew in between. */
  readonly upstreamRestarted: boolean;
  /** What it asked to go on with; null if it had nothing to go on with. */
  readonly request: PsyncRequest | null;
  /** Why that was refused, in the upstream's words; null if it wasn't, or if no log says. */
  readonly refusal: string | null;
  /** Bytes of the backlog, or of the RDB; null if the logs don't say (a streamed RDB has no size). */
  readonly bytes: number | null;
  /** How the RDB of a full one was made; null if no log says. */
  readonly rdb: Rdb | null;
  readonly phases: Phases | null;
}

export interface UpstreamLog {
  readonly log: readonly LogLine[];
  /** Under which it knows the replica. */
  readonly address: string | null;
}

export function syncStory(side: ReplicaSide, { log, address }: UpstreamLog): SyncStory {
  const answer = upstreams.answerTo(address, log, side);
  const closing = side.cause === 'link lost' ? upstreams.closingBefore(address, log, side) : null;
  const [, id, next] = ASKED.exec(side.asked.text) ?? [];
  const base = {
    at: new Date(side.done.atMs).toISOString(),
    tookMs: side.done.atMs - side.asked.atMs,
    cause: closing?.why ?? side.cause,
    upstreamRestarted: upstreams.restartBefore(side, log) !== undefined,
    request: id === undefined ? null : { id, next: Number(next) },
  };
  if (!FULL_DONE.test(side.done.text)) {
    const bytes = upstreams.backlogBytes(answer, address);
    return { kind: 'partial', ...base, refusal: null, bytes, rdb: null, phases: null };
  }
  return {
    kind: 'full',
    ...base,
    refusal: refusal([side.asked.text], texts(answer)),
    bytes: replicas.rdbBytes(side),
    rdb: upstreams.rdbFor(address, log, answer),
    phases: replicas.phasesOf(side),
  };
}

const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);
