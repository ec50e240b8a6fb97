/** A plan in the making, and the waits that every plan of `up` or `heal` ends with. */

import { LABEL } from '../docker/labels.js';
import { containerName } from '../docker/names.js';
import type { Labels } from '../docker/runtime.js';
import type { EngineTopology, Hosts } from '../docker/topologies.js';
import type { TopologyNode } from '../topology/topology.js';
import type { Step, StepKind } from './plan.js';

/** Where servers are published. */
export type Ports = ReadonlyMap<string, number>;

export const portsOf = ({ nodes }: EngineTopology): Ports =>
  new Map(nodes.map(({ name, port }) => [name, port ?? 0]));

/** Collects steps; what a later step waits for is found among the earlier ones. */
export class Draft {
  readonly steps: Step[] = [];
  readonly #made: Labels;
  readonly #hosts: Hosts;
  #independent = false;

  /** @param made labels of everything that the plan creates, beside its own */
  constructor(hosts: Hosts = new Map(), made: Labels = {}) {
    this.#hosts = hosts;
    this.#made = made;
  }

  /** What servers are to call this node. */
  hostOf<N extends string | null>(node: N): N | string {
    return this.#hosts.get(node ?? '') ?? node;
  }

  push(step: Step): Step {
    const labelled = this.#labelled(step);
    const planned: Step = this.#independent ? { ...labelled, independent: true } : labelled;
    this.steps.push(planned);
    return planned;
  }

  /** What is planned from here on is independent: see `Step`. */
  goOnIndependently(): void {
    this.#independent = true;
  }

  #labelled(step: Step): Step {
    if (step.kind === 'createContainer') {
      return { ...step, spec: { ...step.spec, labels: { ...step.spec.labels, ...this.#made } } };
    }
    const creates = step.kind === 'createNetwork' || step.kind === 'createVolume';
    return creates ? { ...step, labels: { ...step.labels, ...this.#made } } : step;
  }

  /** For a step that begins when everything before it is done. */
  all(): Step[] {
    return [...this.steps];
  }

  /** Those of a node: of all kinds if none is named, else in the order of the kinds. */
  of(node: string | null, ...kinds: readonly StepKind[]): Step[] {
    const steps = this.steps.filter((step) => 'node' in step && step.node === node);
    return kinds.length === 0 ? steps : ofKinds(steps, kinds);
  }

  /** Those that touch this container, network, volume, folder or image. */
  on(resource: string, ...kinds: readonly StepKind[]): Step[] {
    return ofKinds(
      this.steps.filter((step) => step.resource === resource),
      kinds,
    );
  }

  ofKind(kind: StepKind): Step[] {
    return ofKinds(this.steps, [kind]);
  }

  /** Whether a server is asked to write its redis.conf itself before what is planned next. */
  rewrites(node: string): boolean {
    return this.steps.some((step) => {
      if (step.kind !== 'switchover')
        return 'node' in step && step.node === node && isRewrite(step);
      return [step, step.master, ...step.others].some((it) => it.node === node);
    });
  }
}

const ofKinds = (steps: readonly Step[], kinds: readonly StepKind[]): Step[] =>
  kinds.flatMap((kind) => steps.filter((step) => step.kind === kind));

const REWRITES: readonly StepKind[] = [
  'promote',
  'follow',
  'makeDurable',
  'restoreSetting',
  'writeRole',
];
const isRewrite = ({ kind }: Step): boolean => REWRITES.includes(kind);

/** A replica started before its upstream answers tries again only after a second. */
export function upstreamReady(draft: Draft, { upstream }: Pick<TopologyNode, 'upstream'>): Step[] {
  const ready = draft.of(upstream, 'waitReady');
  // A server that is promoted answers.
  return ready.length > 0 ? ready : draft.of(upstream, 'promote');
}

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
      : draft.of(node.name, 'startContainer', 'unpauseContainer', 'promote', 'connectNetwork'),
    kind: 'waitReady',
    cause: 'a started container is not yet a server that answers',
  });
  if (node.upstream !== null) planSync(draft, topology, node, ports, { moment });
}

export interface SyncWish {
  /** As for `planWaits`. */
  readonly moment?: string | undefined;
  /** Milliseconds of its own; the deadline of the run counts without them. */
  readonly withinMs?: number;
}

export function planSync(
  draft: Draft,
  topology: string,
  { name, upstream }: Pick<TopologyNode, 'name' | 'upstream'>,
  ports: Ports,
  { moment, ...wish }: SyncWish = {},
): void {
  if (upstream === null) return;
  draft.push({
    resource: containerName(topology, name),
    node: name,
    port: ports.get(name) ?? 0,
    id: waitId(`sync ${name}`, moment),
    after: moment
      ? draft.all()
      : [
          ...draft.of(name, 'waitReady', 'follow'),
          ...draft.of(upstream, 'waitReady', 'waitInSync'),
          ...draft.ofKind('switchover'),
        ],
    kind: 'waitInSync',
    cause: `replica of ${upstream}`,
    upstream: { node: upstream, port: ports.get(upstream) ?? 0 },
    topology,
    labels: { [LABEL.topology]: topology, [LABEL.node]: name },
    ...wish,
  });
}

const waitId = (wait: string, moment?: string): string => (moment ? `${wait} ${moment}` : wait);
