/** A plan in the making, and the waits that every plan of `up` or `heal` ends with. */

import { LABEL, networksOf } from '../docker/labels.js';
import { containerName } from '../docker/names.js';
import type { TopologyNode } from '../topology/topology.js';
import type { Step } from './plan.js';

/** Collects steps; the ids of what a later step waits for are the earlier steps' own. */
export class Draft {
  readonly steps: Step[] = [];

  push(step: Step): void {
    this.steps.push(step);
  }

  /** Of the wanted ids, those that are steps of this plan: the rest needs no waiting. */
  planned(...ids: string[]): string[] {
    return ids.filter((id) => this.steps.some((step) => step.id === id));
  }
}

/** A replica started before its upstream answers tries again only after a second. */
export const upstreamReady = (draft: Draft, node: TopologyNode): string[] =>
  draft.planned(`ready ${node.upstream}`);

/** Every node must answer and every replica be in sync, also those that this plan leaves alone. */
export function planWaits(
  draft: Draft,
  topology: string,
  node: TopologyNode,
  ports: ReadonlyMap<string, number>,
): void {
  const port = ports.get(node.name) ?? 0;
  const base = { resource: containerName(topology, node.name), node: node.name, port };
  draft.push({
    ...base,
    id: `ready ${node.name}`,
    after: draft.planned(
      `start ${node.name}`,
      `unpause ${node.name}`,
      `promote ${node.name}`,
      ...networksOf(topology).map((network) => `connect ${network} ${node.name}`),
    ),
    kind: 'waitReady',
    cause: 'a started container is not yet a server that answers',
  });
  if (node.upstream === null) return;
  draft.push({
    ...base,
    id: `sync ${node.name}`,
    after: draft.planned(
      `ready ${node.name}`,
      `follow ${node.name}`,
      `ready ${node.upstream}`,
      `sync ${node.upstream}`,
    ),
    kind: 'waitInSync',
    cause: `replica of ${node.upstream}`,
    upstream: { node: node.upstream, port: ports.get(node.upstream) ?? 0 },
    topology,
    labels: { [LABEL.topology]: topology, [LABEL.node]: node.name },
  });
}
