/** A plan in the making, and the waits that every plan of `up` or `heal` ends with. */

import { LABEL, networksOf } from '../docker/labels.js';
import { containerName } from '../docker/names.js';
import type { TopologyNode } from '../topology/topology.js';
import type { Step, StepKind } from './plan.js';

export type Ports = ReadonlyMap<string, number>;

/** Collects steps; the ids of what a later step waits for are the earlier steps' own. */
export class Draft {
  readonly steps: Step[] = [];

  push(step: Step): void {
    this.steps.push(step);
  }

  /** For a step that begins when everything before it is done. */
  all(): string[] {
    return this.steps.map(({ id }) => id);
  }

  stepsOf(node: string): string[] {
    return this.steps.filter((step) => 'node' in step && step.node === node).map(({ id }) => id);
  }

  ofKind(kind: Step['kind']): string[] {
    return this.steps.filter((step) => step.kind === kind).map(({ id }) => id);
  }

  /** Whether a server is asked to write its redis.conf itself before what is planned next. */
  rewrites(node: string): boolean {
    return this.steps.some((step) => {
      if (step.kind !== 'switchover')
        return 'node' in step && step.node === node && isRewrite(step);
      return [step, step.master, ...step.others].some((it) => it.node === node);
    });
  }

  /** Of the wanted ids, those that are steps of this plan: the rest needs no waiting. */
  planned(...ids: string[]): string[] {
    return ids.filter((id) => this.steps.some((step) => step.id === id));
  }
}

const REWRITES: readonly StepKind[] = [
  'promote',
  'follow',
  'makeDurable',
  'restoreSetting',
  'writeRole',
];
const isRewrite = ({ kind }: Step): boolean => REWRITES.includes(kind);

/** A replica started before its upstream answers tries again only after a second. */
export const upstreamReady = (draft: Draft, node: TopologyNode): string[] =>
  draft.planned(`ready ${node.upstream}`);

/**
 * Every node must answer and every replica be in sync, also those that this plan leaves alone.
 * A node that is waited for again is so by a name for that moment, after all that is planned.
 */
export function planWaits(
  draft: Draft,
  topology: string,
  node: TopologyNode,
  ports: Ports,
  moment?: string,
): void {
  draft.push({
    resource: containerName(topology, node.name),
    node: node.name,
    port: ports.get(node.name) ?? 0,
    id: waitId(`ready ${node.name}`, moment),
    after: moment
      ? draft.all()
      : draft.planned(
          `start ${node.name}`,
          `unpause ${node.name}`,
          `promote ${node.name}`,
          ...networksOf(topology).map((network) => `connect ${network} ${node.name}`),
        ),
    kind: 'waitReady',
    cause: 'a started container is not yet a server that answers',
  });
  if (node.upstream !== null) planSync(draft, topology, node, ports, moment);
}

export function planSync(
  draft: Draft,
  topology: string,
  { name, upstream }: TopologyNode,
  ports: Ports,
  moment?: string,
): void {
  if (upstream === null) return;
  draft.push({
    resource: containerName(topology, name),
    node: name,
    port: ports.get(name) ?? 0,
    id: waitId(`sync ${name}`, moment),
    after: moment
      ? draft.all()
      : draft.planned(`ready ${name}`, `follow ${name}`, `ready ${upstream}`, `sync ${upstream}`),
    kind: 'waitInSync',
    cause: `replica of ${upstream}`,
    upstream: { node: upstream, port: ports.get(upstream) ?? 0 },
    topology,
    labels: { [LABEL.topology]: topology, [LABEL.node]: name },
  });
}

const waitId = (wait: string, moment?: string): string => (moment ? `${wait} ${moment}` : wait);
