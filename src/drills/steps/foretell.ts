/**
 * Saying beforehand what will come of something other than a resynchronisation, and seeing
 * whether it did. As with `resync.ts` three must agree: what the drill claims, what settings
 * and offsets foretell, and what came.
 */
import type { Outcome, Step } from '../drill.js';
import { type Stage, slot } from '../stage.js';

export interface Question {
  /** `who holds the lock` */
  readonly about: string;
  /** The node that it turns on. */
  readonly node: string;
  readonly claimed: string;
  readonly foresee: (stage: Stage) => Promise<Outcome>;
}

interface Foretold {
  readonly outcome: string;
  /** Its place among what is foreseen. */
  readonly at: number;
}

const foretold = (about: string) => slot<Foretold>(`a prediction: ${about}`);

const textOf = ({ outcome, because }: Outcome): string => `${outcome}: ${because}`;

export const foretell = ({ about, node, claimed, foresee }: Question): Step => ({
  kind: 'predict',
  says: `${about}?`,
  run: async (stage) => {
    const expected = await foresee(stage);
    const { outcome } = expected;
    const predicted = textOf(expected);
    stage.timeline.note(`predicted: ${predicted}`, node);
    stage.keep(foretold(about), { outcome, at: stage.foreseen.length });
    stage.foreseen.push({ node, predicted, seen: null });
    stage.check({
      id: 'rule',
      node,
      verdict: outcome === claimed ? 'pass' : 'fail',
      claim: `${about}: settings and offsets make it "${claimed}"`,
      expected: claimed,
      seen: predicted,
    });
  },
});

export const fulfilled = (about: string, look: (stage: Stage) => Promise<Outcome>): Step => ({
  kind: 'check',
  says: `${about}: as predicted?`,
  run: async (stage) => {
    const { outcome, at } = stage.recall(foretold(about));
    const came = await look(stage);
    const seen = textOf(came);
    const entry = stage.foreseen[at];
    if (entry) stage.foreseen[at] = { ...entry, seen };
    stage.timeline.note(`seen: ${seen}`, entry?.node ?? null);
    stage.check({
      id: 'oracle',
      node: entry?.node ?? null,
      verdict: came.outcome === outcome ? 'pass' : 'fail',
      claim: `${about}: it came as predicted`,
      expected: outcome,
      seen,
    });
  },
});
