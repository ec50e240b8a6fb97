/** A replica's last synchronisation, from its own log. Pure. */
import {
  ASKED,
  CONNECTING,
  FULL_DONE,
  LINK_LOST,
  LOADING,
  type LogLine,
  NOTHING_TO_ASK,
  PARTIAL_DONE,
  RECEIVING,
  STARTED,
  TOLD,
} from './sync-words.js';

/** Why it had to synchronise: it was started, its link broke, or it was given another upstream. */
export type Cause = 'started' | 'link lost' | 'told';

export interface ReplicaSide {
  /** From what caused it to its success. */
  readonly lines: readonly LogLine[];
  readonly cause: Cause | null;
  /** Its upstream as it calls it; null if the log doesn't say. */
  readonly upstream: { readonly host: string; readonly port: number } | null;
  readonly asked: LogLine;
  readonly done: LogLine;
}

/** How long the parts of a full resync took. Milliseconds. */
export interface Phases {
  /** Until the RDB began to come: the wait for a BGSAVE, and the BGSAVE unless it is streamed. */
  readonly saveMs: number;
  /** Until it was there; null if it was loaded as it came. */
  readonly transferMs: number | null;
  readonly loadMs: number;
}

const CAUSES: readonly (readonly [Cause, RegExp])[] = [
  ['started', STARTED],
  ['link lost', LINK_LOST],
  ['told', TOLD],
];

const hasAny =
  (...words: readonly RegExp[]) =>
  ({ text }: LogLine) =>
    words.some((it) => it.test(text));

/** Null if the log holds no synchronisation from its question to its success. */
export function replicaSide(log: readonly LogLine[]): ReplicaSide | null {
  const end = log.findLastIndex(hasAny(FULL_DONE, PARTIAL_DONE));
  const question = log.slice(0, Math.max(end, 0)).findLastIndex(hasAny(ASKED, NOTHING_TO_ASK));
  const [asked, done] = [log[question], log[end]];
  if (asked === undefined || done === undefined) return null;
  const before = log.slice(0, question);
  const begin = before.findLastIndex(hasAny(STARTED, LINK_LOST, TOLD));
  const caused = before[begin]?.text ?? '';
  const connecting = CONNECTING.exec(before.findLast(hasAny(CONNECTING))?.text ?? '');
  return {
    lines: log.slice(begin === -1 ? question : begin, end + 1),
    cause: CAUSES.find(([, words]) => words.test(caused))?.[0] ?? null,
    upstream: connecting && { host: connecting[1] ?? '', port: Number(connecting[2]) },
    asked,
    done,
  };
}

/** Null if the logs don't say: a streamed RDB has no size. */
export function rdbBytes({ lines }: ReplicaSide): number | null {
  const size = RECEIVING.exec(lines.findLast(hasAny(RECEIVING))?.text ?? '')?.[1];
  return size === undefined ? null : Number(size);
}

export function phasesOf({ lines, asked, done }: ReplicaSide): Phases | null {
  const at = lines.findLastIndex(hasAny(RECEIVING));
  const receiving = lines[at];
  const loading = lines.slice(at).find(hasAny(LOADING));
  if (receiving === undefined || loading === undefined) return null;
  const saveMs = receiving.atMs - asked.atMs;
  return RECEIVING.exec(receiving.text)?.[2] === 'disk'
    ? {
        saveMs,
        transferMs: loading.atMs - receiving.atMs,
        loadMs: done.atMs - loading.atMs,
      }
    : { saveMs, transferMs: null, loadMs: done.atMs - receiving.atMs };
}

const TELLING = [STARTED, LINK_LOST, TOLD, ASKED, NOTHING_TO_ASK];

/** The lines worth quoting. */
export const quotable = ({ lines }: ReplicaSide): LogLine[] =>
  lines.filter(hasAny(...TELLING, RECEIVING, LOADING, FULL_DONE, PARTIAL_DONE));
