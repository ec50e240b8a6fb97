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

/** What came of one act, on a topology of its own. */
export interface ActReport {
  readonly title: string;
  /** How many servers it had; sentinels don't count. */
  readonly nodes: number;
  /** The redis.conf directives that the act asked for, of every node. */
  readonly config: Readonly<Record<string, string>>;
  readonly foreseen: readonly Foreseen[];
  readonly checks: readonly CheckResult[];
  /** The table that it ends with; empty if there is none. */
  readonly rows: readonly Row[];
  readonly timeline: readonly TimelineEvent[];
}

/** What came of a drill, or of its first acts if it was broken off. */
export interface DrillReport {
  readonly drill: string;
  readonly claim: string;
  readonly image: string;
  /** `redis 6.0.16` */
  readonly server: string;
  readonly security: Security;
  /** `fail` if a check failed, else `unknown` if one decided nothing or an act was not played. */
  readonly verdict: Verdict;
  readonly acts: readonly ActReport[];
}
