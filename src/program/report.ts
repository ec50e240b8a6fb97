/** What a program went through: the report of `rrepl run`. Pure. */
import type { Silence, Traffic } from '../door/traffic.js';
import type { TimelineEvent } from '../drills/timeline.js';
import { count, duration, plural } from '../format.js';
import type { Verdict } from '../verify/check.js';

/** A fault that a program went through. */
export interface FaultReport {
  /** As it was spelled: `pause:replica@8s+2s`. */
  readonly fault: string;
  /** The node that it hit; null if it was not played. */
  readonly node: string | null;
  /** Milliseconds since the program was started. */
  readonly beganMs: number | null;
  /** When it was undone, or recovered from; null if it never was. */
  readonly endedMs: number | null;
  readonly outcome: 'done' | 'failed' | 'not played';
  /** Why it failed, or was not played. */
  readonly why: string | null;
  /** The longest time without an answer that began after it and before the next one; null: unknown. */
  readonly noAnswerMs: number | null;
}

/** A write that was acknowledged and that the new master does not have. */
export interface LostWrite {
  readonly command: string;
  readonly keys: readonly string[];
  readonly db: number | null;
  /**
   * The last byte of it in the stream of the master that had it; null if that was killed before its stream told:
   * it had answered at the door.
   */
  readonly offset: number | null;
  readonly master: string;
}

/** What a new master does not have: all beyond `offset` of the old one's stream. */
export interface Cut {
  readonly id: string;
  readonly offset: number;
  /** Who led from there on. */
  readonly master: string;
  readonly atMs: number;
}

/** What was acknowledged and is not there in the end. */
export interface Loss {
  readonly count: number;
  /** A master that was killed may have acknowledged more, within its last event loop. */
  readonly atLeast: boolean;
  /** Why that can't be ruled out; null if it is exact. */
  readonly because: string | null;
  /** The first thousand. */
  readonly writes: readonly LostWrite[];
  readonly cuts: readonly Cut[];
}

/** What a program went through, and whether it kept the limits. */
export interface RunReport {
  readonly topology: string;
  readonly command: readonly string[];
  readonly verdict: Verdict;
  /** Why, one sentence each; the first says the most. */
  readonly reasons: readonly string[];
  /** The program's. */
  readonly exitCode: number;
  readonly signal: string | null;
  readonly elapsedMs: number;
  /** Of the faults at random; null without. */
  readonly seed: number | null;
  /** The command that plays the same faults again. */
  readonly again: string | null;
  readonly faults: readonly FaultReport[];
  /** Null: unknown, since nothing was asked, or nothing could be read (TLS). */
  readonly noAnswer: {
    readonly longestMs: number;
    readonly totalMs: number;
    /** False if the program got none any more until its end. */
    readonly recovered: boolean;
  } | null;
  readonly traffic: Traffic;
  readonly lost: Loss | null;
  /** Why it is not known what was lost; null if it is. */
  readonly lostUnknown: string | null;
  readonly maxLoss: number | null;
  readonly maxDowntimeMs: number | null;
  readonly timeline: readonly TimelineEvent[];
}

/** What the verdict is made of. */
export type RunFacts = Omit<RunReport, 'verdict' | 'reasons' | 'noAnswer' | 'faults'> & {
  readonly faults: readonly Omit<FaultReport, 'noAnswerMs'>[];
};

export function judge(facts: RunFacts): RunReport {
  const { silences, commands } = facts.traffic;
  const isKnown = silences !== null && commands !== null && commands.sent > 0;
  const { elapsedMs } = facts;
  const lengthOf = ({ fromMs, toMs }: Silence) => tenths((toMs ?? elapsedMs) - fromMs);
  const longest = (some: readonly Silence[]) => Math.max(0, ...some.map(lengthOf));
  const noAnswer = isKnown
    ? {
        longestMs: longest(silences),
        totalMs: tenths(silences.reduce((sum, it) => sum + lengthOf(it), 0)),
        recovered: silences.every(({ toMs }) => toMs !== null),
      }
    : null;
  const faults = facts.faults.map((fault): FaultReport => {
    const { beganMs } = fault;
    if (!isKnown || beganMs === null) return { ...fault, noAnswerMs: null };
    const later = facts.faults.flatMap((it) => it.beganMs ?? []).filter((it) => it > beganMs);
    const next = Math.min(elapsedMs, ...later);
    // One that had begun before, and went on through it, is its too.
    const within = silences.filter(
      ({ fromMs, toMs }) => fromMs < next && (toMs ?? elapsedMs) > beganMs,
    );
    return { ...fault, noAnswerMs: longest(within) };
  });
  const judged = { ...facts, faults, noAnswer };
  const found = findings(judged);
  const failed = found.filter(({ verdict }) => verdict === 'fail');
  const open = found.filter(({ verdict }) => verdict === 'unknown');
  const verdict = failed.length > 0 ? 'fail' : open.length > 0 ? 'unknown' : 'pass';
  const passed = found.filter((it) => it.verdict === 'pass');
  const reasons = [...failed, ...open, ...passed].map(({ text }) => text);
  return { ...judged, verdict, reasons };
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
}

type Judged = Omit<RunReport, 'verdict' | 'reasons'>;

const findings = (report: Judged): Finding[] => [
  ...programFinding(report),
  ...report.faults.flatMap(faultFinding),
  ...lossFinding(report),
  ...downtimeFinding(report),
];

function programFinding({ exitCode, signal }: Judged): Finding[] {
  if (exitCode === 0) return [{ verdict: 'pass', text: 'the program ended with 0' }];
  const how = signal === null ? `with ${exitCode}` : `by ${signal}`;
  return [{ verdict: 'fail', text: `the program ended ${how}` }];
}

function faultFinding({ fault, outcome, why }: FaultReport): Finding[] {
  if (outcome === 'done') return [];
  const verdict = outcome === 'failed' ? 'fail' : 'unknown';
  const text = outcome === 'failed' ? `${fault} failed: ${why}` : `${fault} was not played: ${why}`;
  return [{ verdict, text }];
}

export const lossText = ({
  lost,
  lostUnknown,
}: Pick<RunReport, 'lost' | 'lostUnknown'>): string => {
  if (lost === null) return `whether writes were lost is unknown: ${lostUnknown}`;
  if (lost.cuts.length === 0) return 'no write was lost: the role did not move';
  if (!lost.atLeast)
    return lost.count === 0 ? 'no write was lost' : `${plural(lost.count, 'write')} lost`;
  // What a killed master did last, its stream does not tell.
  const seen =
    lost.count === 0
      ? 'no write was seen to be lost'
      : `at least ${plural(lost.count, 'write')} lost`;
  return `${seen} (not exact: ${lost.because})`;
};

function lossFinding({ lost, lostUnknown, maxLoss }: Judged): Finding[] {
  const text = lossText({ lost, lostUnknown });
  if (maxLoss === null)
    return lost === null || lost.cuts.length === 0 ? [] : [{ verdict: 'pass', text }];
  if (lost === null) return [{ verdict: 'unknown', text }];
  const verdict = lost.count > maxLoss ? 'fail' : 'pass';
  return [{ verdict, text: `${text}, ${count(maxLoss)} allowed` }];
}

function downtimeFinding({ noAnswer, maxDowntimeMs }: Judged): Finding[] {
  if (maxDowntimeMs === null) return [];
  const allowed = `${duration(maxDowntimeMs)} allowed`;
  if (noAnswer === null)
    return [
      { verdict: 'unknown', text: `no answer was waited for that could be seen, ${allowed}` },
    ];
  const verdict = noAnswer.longestMs > maxDowntimeMs ? 'fail' : 'pass';
  const end = noAnswer.recovered ? '' : ', to the end';
  return [{ verdict, text: `no answer for ${duration(noAnswer.longestMs)}${end}, ${allowed}` }];
}
