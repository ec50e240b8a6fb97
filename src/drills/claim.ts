/**
 * A prediction as one value: what the drill says will come, what the rules say, and how it is
 * looked up afterwards. The three must agree.
 */
import type { ServerFacts } from '../redis/info.js';
import type { CheckResult } from '../verify/check.js';
import type { Step } from './drill.js';
import type { Stage } from './stage.js';

export interface Said {
  /** What is compared: `A and B hold it`. */
  readonly is: string;
  /** Why it will be so, or how it was seen: offsets, settings, replies. */
  readonly because?: string | undefined;
}

/** `F` may hold more than is said, for the look afterwards: a mark in a log, a count. */
export interface Claim<F extends Said = Said> {
  /** The node that it turns on. */
  readonly node: string;
  /** `who holds the lock` */
  readonly about: string;
  /** Names the check that compares what came; `oracle` if it isn't said. */
  readonly id?: string;
  /** What the drill says; a function where versions differ. */
  readonly claimed?: string | ((server: ServerFacts) => string);
  /** What the rules say, from offsets and settings, before it comes. */
  foresee?(stage: Stage): Promise<F>;
  /** What came. May wait for it, with a deadline. */
  look(stage: Stage, foreseen: F): Promise<Said>;
}

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

export const saidText = ({ is, because }: Said): string =>
  because === undefined ? is : `${is}: ${because}`;

const compared = (result: Omit<CheckResult, 'verdict'>): CheckResult => ({
  ...result,
  verdict: result.expected === result.seen ? 'pass' : 'fail',
});

const topics = (claims: readonly Claim[]): string =>
  [...new Set(claims.map(({ about }) => about))].join('; ');
