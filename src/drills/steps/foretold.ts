/**
 * A prediction in words, and later what came of it: for all that is no resynchronisation
 * (`predict-resync.ts` has those).
 */
import type { CheckResult } from '../../verify/check.js';
import type { Stage } from '../stage.js';

/** What must come, as the check that follows will read it, and why. */
export interface Foretold {
  readonly node: string;
  readonly expected: string;
  /** Where it stands among the act's predictions. */
  readonly at: number;
}

export function foresee(stage: Stage, node: string, expected: string, why: string): Foretold {
  const predicted = `${expected}: ${why}`;
  stage.timeline.note(`predicted: ${predicted}`, node);
  return { node, expected, at: stage.foreseen.push({ node, predicted, seen: null }) - 1 };
}

/** Whether the rules say what the drill claims: else one of them doesn't know the version's rule. */
export function checkRule(stage: Stage, { node, expected }: Foretold, claimed: string): void {
  const { product, version } = stage.server;
  const claim = `the rules of ${product} ${version} foretell what the drill claims`;
  stage.check(verdictOn({ id: 'rule', node, claim, expected: claimed, seen: expected }));
}

/** What came, read from the servers. */
export function checkForetold(
  stage: Stage,
  { node, expected, at }: Foretold,
  { claim, seen, because }: Pick<CheckResult, 'claim' | 'seen'> & { readonly because?: string },
): void {
  const text = because === undefined ? seen : `${seen}: ${because}`;
  stage.timeline.note(`seen: ${text}`, node);
  const foreseen = stage.foreseen[at];
  if (foreseen) stage.foreseen[at] = { ...foreseen, seen: text };
  stage.check(verdictOn({ id: 'oracle', node, claim, expected, seen }));
}

const verdictOn = (result: Omit<CheckResult, 'verdict'>): CheckResult => ({
  ...result,
  verdict: result.expected === result.seen ? 'pass' : 'fail',
});
