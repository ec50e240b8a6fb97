import type { About } from '../errors.js';

/** What a check says. Nothing proven is `unknown`, never `pass`. */
export type Verdict = 'pass' | 'fail' | 'unknown';

/** What one check has found. */
export interface CheckResult {
  /** Names the check; the same in every run. */
  readonly id: string;
  /** The node it speaks of, or null for the topology as a whole. */
  readonly node: string | null;
  readonly verdict: Verdict;
  /** What is claimed, in words. */
  readonly claim: string;
  readonly expected: string;
  readonly seen: string;
  /** The facts of what was seen, as errors have them; absent where the words say all. */
  readonly about?: About;
}

/** What `verify` has found: one failed check fails the whole, one undecided leaves it `unknown`. */
export interface VerifyReport {
  readonly topology: string;
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
}

/** One failure fails the whole; what could not be decided leaves the whole undecided. */
export function overall(checks: readonly Pick<CheckResult, 'verdict'>[]): Verdict {
  const verdicts = new Set(checks.map((check) => check.verdict));
  if (verdicts.has('fail')) return 'fail';
  return verdicts.has('unknown') || checks.length === 0 ? 'unknown' : 'pass';
}

export interface Claim {
  readonly id: string;
  readonly claim: string;
}

export type Finding = Omit<CheckResult, 'id' | 'claim' | 'node'>;

export const finding = (
  verdict: Verdict,
  expected: string,
  seen: string,
  about?: About,
): Finding => ({ verdict, expected, seen, ...(about && { about }) });

/**
 * Runs one check. A server that doesn't answer, or time that runs out, decides nothing:
 * `unknown`, with the reason. An interruption is passed on.
 */
export async function runCheck(
  { id, claim }: Claim,
  node: string | null,
  signal: AbortSignal,
  look: () => Promise<Finding>,
): Promise<CheckResult> {
  try {
    return { id, node, claim, ...(await look()) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const seen = error instanceof Error ? error.message : String(error);
    return { id, node, claim, ...finding('unknown', 'an answer', seen) };
  }
}
