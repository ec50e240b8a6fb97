/** The part of a plan that comes before the rest can be decided. Pure. */
import { networksOf } from '../docker/labels.js';
import { isRead, type Observed } from '../observe/observed.js';
import type { Plan, Step } from './plan.js';

/**
 * What must be there before the rest can be planned: the image, which says what it runs; and
 * containers over kept volumes, because only through them can roles and data in them be read.
 */
export function preparation(
  steps: readonly Step[],
  observed: Observed,
  { pulled }: { readonly pulled: boolean },
): Step[] {
  const pulls = steps.filter((step) => step.kind === 'pullImage');
  if (pulls.length > 0 && !pulled) return apart(pulls);
  const named = (step: Step) =>
    observed.nodes.find((it) => 'node' in step && it.name === step.node);
  const overKept = (step: Step) => {
    const node = named(step);
    return node?.container === null && node.volumes.length > 0;
  };
  // A container that is to take another one's place must wait for that to be gone.
  const isNew = (step: Step) => step.kind.startsWith('create') && !named(step)?.container;
  const creations = steps.filter(isNew);
  return creations.some(overKept) ? apart(creations) : firstLook(steps, observed);
}

/**
 * What lets servers be asked that can't be yet, without giving them their links back: what they
 * have decides what is done then.
 */
export function firstLook(steps: readonly Step[], { name, nodes }: Observed): Step[] {
  const unasked = (node: string) => nodes.some((it) => it.name === node && it.server === null);
  const alone = new Set(steps.flatMap((step) => (step.kind === 'cutNetwork' ? [step.node] : [])));
  const [control] = networksOf(name);
  const opens = (step: Step) => {
    if (step.kind === 'connectNetwork')
      return step.network === control && step.port !== null && unasked(step.node);
    return (
      'node' in step && alone.has(step.node) && /^(cutNetwork|unpauseContainer)$/.test(step.kind)
    );
  };
  const opening = steps.filter(opens);
  return opening.length > 0
    ? apart(steps.filter((step) => opens(step) || step.kind === 'createNetwork'))
    : [];
}

/** Steps as a plan of their own: they wait for each other still, and for nothing else. */
function apart(steps: readonly Step[]): Step[] {
  const copies = new Map<Step, Step>();
  for (const step of steps) {
    copies.set(step, { ...step, after: step.after.flatMap((it) => copies.get(it) ?? []) });
  }
  return [...copies.values()];
}

/** Nodes to be made over volumes that no container mounts, and of which no `down` has left a record. */
const unreadNodes = ({ steps }: Plan, { nodes }: Observed): string[] =>
  nodes
    .filter((node) => !isRead(node) && node.volumes.length > 0)
    .map(({ name }) => name)
    .filter((name) => steps.some((it) => it.kind === 'createContainer' && it.node === name));

/** What can be shown of a plan of `up` without doing what only `up` may do. */
export function shownPlan(plan: Plan, observed: Observed): Plan {
  const unread = unreadNodes(plan, observed);
  const { first } = plan;
  if (unread.length > 0) {
    const text = `what is in the volumes of ${unread.join(', ')} can be read only through a container: \`up\` makes that first, and decides the rest by what it finds`;
    return first.length > 0
      ? { ...plan, steps: first, notes: [{ text }] }
      : { ...plan, notes: [...plan.notes, { text }] };
  }
  // The record that `down` left tells what containers made over kept volumes will show.
  return upToTheLook(plan, 'up');
}

/** Only the first look where the rest can't be decided before; else the plan. */
export function upToTheLook(plan: Plan, command: 'up' | 'heal'): Plan {
  const asked = plan.first.filter((step) => !step.kind.startsWith('create'));
  if (asked.length === 0) return plan;
  const nodes = [...new Set(asked.flatMap((step) => ('node' in step ? [step.node] : [])))];
  const text = `the data of ${nodes.join(', ')} can be looked at only then: \`${command}\` does this first, and decides the rest by what it finds`;
  return { ...plan, steps: plan.first, notes: [{ text }] };
}
