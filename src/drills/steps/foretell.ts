/**
 * Saying beforehand what will come of something other than a resynchronisation, and seeing
 * whether it did. As with `predict-resync.ts` three must agree: what the drill claims, what settings
 * and offsets foretell, and what came.
 */
import type { Step } from '../drill.js';
import type { Outcome } from '../drill-report.js';
import { type Stage, slot } from '../stage.js';
import { checkForetold, checkRule, type Foretold, foresee } from './foretold.js';

export interface Question {
  /** `who holds the lock` */
  readonly about: string;
  /** The node that it turns on. */
  readonly node: string;
  readonly claimed: string;
  readonly foresee: (stage: Stage) => Promise<Outcome>;
}

const foretold = (about: string) => slot<Foretold>(`a prediction: ${about}`);

export const foretell = ({ about, node, claimed, foresee: look }: Question): Step => ({
  kind: 'predict',
  says: `${about}?`,
  run: async (stage) => {
    const { outcome, because } = await look(stage);
    const found = foresee(stage, node, outcome, because);
    checkRule(stage, found, claimed);
    stage.keep(foretold(about), found);
  },
});

export const fulfilled = (about: string, look: (stage: Stage) => Promise<Outcome>): Step => ({
  kind: 'check',
  says: `${about}: as predicted?`,
  run: async (stage) => {
    const found = stage.recall(foretold(about));
    const { outcome, because } = await look(stage);
    const claim = `${about}: it came as predicted`;
    checkForetold(stage, found, { claim, seen: outcome, because });
  },
});
