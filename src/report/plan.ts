/** A plan as JSON: its text's words, and what must be done before each step. Nothing secret is in it. */
import type { Plan } from '../plan/plan.js';
import { changesOf, words } from '../plan/plan-text.js';

export const planDocument = (plan: Plan) => ({
  topology: plan.topology,
  changes: changesOf(plan).length > 0,
  notes: plan.notes.map(({ text }) => text),
  steps: plan.steps.map((step) => ({
    id: step.id,
    kind: step.kind,
    does: words(step).filter(Boolean).join(' '),
    resource: step.resource,
    node: 'node' in step ? step.node : null,
    cause: step.cause,
    after: step.after.map(({ id }) => id),
  })),
});
