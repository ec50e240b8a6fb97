/** What came of a drill: what was predicted, seen, checked and measured, act by act. */
import type { Security } from '../access/access.js';
import type { CheckResult, Verdict } from '../verify/check.js';
import type { TimelineEvent } from './timeline.js';

/** What was predicted, and what came. */
export interface Foreseen {
  readonly node: string;
  readonly predicted: string;
  /** Null if the act ended before. */
  readonly seen: string | null;
}

/** A table of results, such as losses by setting. */
export interface Row {
  readonly [column: string]: string;
}

export interface ActReport {
  readonly title: string;
  readonly nodes: number;
  readonly config: Readonly<Record<string, string>>;
  readonly foreseen: readonly Foreseen[];
  readonly checks: readonly CheckResult[];
  readonly rows: readonly Row[];
  readonly timeline: readonly TimelineEvent[];
}

export interface DrillReport {
  readonly drill: string;
  readonly claim: string;
  readonly image: string;
  /** `redis 6.0.16` */
  readonly server: string;
  readonly security: Security;
  readonly verdict: Verdict;
  readonly acts: readonly ActReport[];
}
