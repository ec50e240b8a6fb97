/**
 * A prediction as one value: what the drill says will come, what the rules say, and how it is
 * looked up afterwards. The three must agree.
 */
import type { CheckResult } from '../verify/check.js';
import type { Step } from './drill.js';
import type { Claim, Said, Stage } from './stage.js';

export type { Claim, Said } from './stage.js';

type Claims = readonly (Claim | readonly Claim[])[];

/** Says what will come, and checks that the rules say what the drill claims (`rule`). */
export function predict(...claims: Claims): Step {
  const all = claims.flat();
  return {
    kind: 'predict',
    id: 'rule',
    says: `${topics(all)}?`,
    nodes: all.map(({ node }) => node),
    claims: all,
    run: async (stage) => {
      for (const claim of all) await predictOne(stage, claim);
    },
  };
}

/** Looks whether it came as predicted (`oracle`, or the claim's own name). */
export function check(...claims: Claims): Step {
  const all = claims.flat();
  return {
    kind: 'check',
    id: all[0]?.id ?? 'oracle',
    says: `${topics(all)}: as predicted?`,
    nodes: all.map(({ node }) => node),
    claims: all,
    run: async (stage) => {
      for (const claim of all) await checkOne(stage, claim);
    },
  };
}

/** What a rule says that asks for no offset and no setting. */
export const rule = (is: string, because: string) => async (): Promise<Said> => ({ is, because });

async function predictOne(stage: Stage, claim: Claim): Promise<void> {
  const { node, claimed } = claim;
  const { product, version } = stage.server;
  const said = typeof claimed === 'function' ? claimed(stage.server) : claimed;
  const foreseen = (await claim.foresee?.(stage)) ?? { is: said ?? '' };
  stage.predict(claim, foreseen);
  if (said === undefined || claim.foresee === undefined) return;
  stage.check(
    compared({
      id: 'rule',
      node,
      claim: `the rules of ${product} ${version} foretell what the drill claims`,
      expected: said,
      seen: foreseen.is,
    }),
  );
}

async function checkOne(stage: Stage, claim: Claim): Promise<void> {
  const { id = 'oracle', node, about } = claim;
  const foreseen = stage.foreseenOf(claim);
  const seen = await claim.look(stage, foreseen);
  stage.see(claim, seen);
  stage.check(
    compared({ id, node, claim: `${about}: as predicted`, expected: foreseen.is, seen: seen.is }),
  );
}

const compared = (result: Omit<CheckResult, 'verdict'>): CheckResult => ({
  ...result,
  verdict: result.expected === result.seen ? 'pass' : 'fail',
});

const topics = (claims: readonly Claim[]): string =>
  [...new Set(claims.map(({ about }) => about))].join('; ');
