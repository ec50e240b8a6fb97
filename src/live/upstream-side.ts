/** What an upstream did for one of its replicas, from its log. Pure. */
import type { ReplicaSide } from './replica-side.js';
import {
  ACCEPTED,
  ASKS,
  BGSAVE_BEGINS,
  BGSAVE_ENDS,
  FULL_REQUESTED,
  type LogLine,
  OVERFLOWED,
  REFUSED,
  STARTED,
  TIMED_OUT,
} from './sync-words.js';

export interface Rdb {
  readonly target: 'disk' | 'sockets';
  /** The addresses of the other replicas that the same BGSAVE served. */
  readonly sharedWith: readonly string[];
}

const questionAt = (address: string | null, log: readonly LogLine[], asked: LogLine): number =>
  log.findIndex(({ atMs, text }) => atMs >= asked.atMs && ASKS.exec(text)?.[1] === address);

/** From the question of the replica at this address on, which is no earlier than it says itself. */
export function answerTo(
  address: string | null,
  log: readonly LogLine[],
  { asked, done }: ReplicaSide,
): readonly LogLine[] {
  const begin = questionAt(address, log, asked);
  return begin === -1 ? [] : log.slice(begin).filter(({ atMs }) => atMs <= done.atMs);
}

/** Its start, if that was between what caused the synchronisation and the question. */
export const restartBefore = ({ lines, asked }: ReplicaSide, log: readonly LogLine[]) =>
  log.findLast(
    ({ atMs, text }) =>
      STARTED.test(text) && atMs >= (lines[0] ?? asked).atMs && atMs <= asked.atMs,
  );

/** Why the upstream itself closed the link. */
export type Closing = 'output buffer limit' | 'replica timeout';

const CLOSINGS: readonly (readonly [Closing, RegExp])[] = [
  ['output buffer limit', OVERFLOWED],
  ['replica timeout', TIMED_OUT],
];

/** Since the replica at this address had asked before, or the upstream was started. */
export function closingBefore(
  address: string | null,
  log: readonly LogLine[],
  { asked }: ReplicaSide,
): { readonly why: Closing; readonly line: LogLine } | null {
  const question = questionAt(address, log, asked);
  const before = log.slice(0, question === -1 ? undefined : question);
  const since = before.findLastIndex(
    ({ text }) => STARTED.test(text) || ASKS.exec(text)?.[1] === address,
  );
  for (const line of before.slice(since + 1).toReversed()) {
    const closing = CLOSINGS.find(([, words]) => words.exec(line.text)?.[1] === address);
    if (closing !== undefined) return { why: closing[0], line };
  }
  return null;
}

export function backlogBytes(answer: readonly LogLine[], address: string | null): number | null {
  const accepted = answer.map(({ text }) => ACCEPTED.exec(text)).find((it) => it?.[1] === address);
  return accepted ? Number(accepted[2]) : null;
}

/**
 * A BGSAVE serves the replicas that asked for all since the one before had ended. One that asks
 * while it runs may join it: then it began before the question.
 */
export function rdbFor(
  address: string | null,
  log: readonly LogLine[],
  [question]: readonly LogLine[],
): Rdb | null {
  if (question === undefined) return null;
  const served = betweenSaves(log, log.indexOf(question));
  const found = (words: RegExp) => served.flatMap(({ text }) => words.exec(text)?.[1] ?? []);
  const target = found(BGSAVE_BEGINS).at(-1);
  if (target === undefined) return null;
  const [asked, resumed] = [found(ASKS), found(ACCEPTED)];
  // Over two channels a replica that gets an RDB also resumes, with what follows on it.
  const times = (all: readonly string[], it: string) => all.filter((other) => other === it).length;
  const others = [...new Set(asked)].filter(
    (it) => it !== address && times(asked, it) > times(resumed, it),
  );
  return { target: target === 'disk' ? 'disk' : 'sockets', sharedWith: others };
}

function betweenSaves(log: readonly LogLine[], at: number): readonly LogLine[] {
  // What was under way when the server ended, ended with it.
  const isEnd = ({ text }: LogLine) => BGSAVE_ENDS.test(text) || STARTED.test(text);
  const before = log.slice(0, at).findLastIndex(isEnd);
  const after = log.findIndex((line, index) => index > at && isEnd(line));
  return log.slice(before + 1, after === -1 ? undefined : after);
}

const TELLING = [FULL_REQUESTED, ACCEPTED, REFUSED, /BGSAVE for/, BGSAVE_ENDS];
const NAMED = /(?:replica|from) (\S+):\d+/i;

/** The lines worth quoting; what it tells other replicas is not. */
export function quotable(
  address: string | null,
  log: readonly LogLine[],
  side: ReplicaSide,
): readonly LogLine[] {
  const telling = answerTo(address, log, side).filter(({ text }) => {
    const named = NAMED.exec(text)?.[1];
    return TELLING.some((words) => words.test(text)) && (named === undefined || named === address);
  });
  const before = [closingBefore(address, log, side)?.line, restartBefore(side, log)];
  return [...before.filter((line) => line !== undefined), ...telling];
}
