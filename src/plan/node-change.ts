/** What differs between a node that is there and the wish, and how it gets there. Pure. */
import {
  type ConfigChange,
  changedConf,
  changeText,
  configChanges,
  needsRestart,
} from '../config/config-change.js';
import { renderNodeConf } from '../config/render.js';
import { withUpstream } from '../config/upstream.js';
import { recordIn, wishedDirectives, withRecord } from '../config/wish-record.js';
import { imageOfContainer } from '../docker/container-labels.js';
import type { ContainerSummary } from '../docker/runtime.js';
import type { EngineNode, Hosts } from '../docker/topologies.js';
import { bytes } from '../format.js';
import type { ObservedNode } from '../observe/observed.js';
import {
  type ContainerWish,
  type Topology,
  type TopologyNode,
  UNLIMITED,
} from '../topology/topology.js';

export interface NodeChange {
  /** What CONFIG SET does, what a start with another redis.conf does, what only another container does. */
  readonly way: 'none' | 'set' | 'restart' | 'recreate';
  /** `databases 16 -> 32, image redis:6.0 -> redis:7.0` */
  readonly cause: string;
  readonly settings: readonly ConfigChange[];
}

/** A node that is there. */
type Standing = EngineNode & Pick<ObservedNode, 'config'>;

export const NO_CHANGE: NodeChange = { way: 'none', cause: '', settings: [] };

export function nodeChange(
  topology: Topology,
  node: TopologyNode,
  existing: Standing,
  port: number,
): NodeChange {
  const { container, config } = existing;
  const settings =
    config === null
      ? []
      : configChanges(recordIn(config).directives, wishedDirectives(topology, node));
  const outer = container === null ? [] : containerChanges(topology, container, existing, port);
  const cause = [...outer, ...settings.map(changeText)].join(', ');
  if (outer.length > 0) return { way: 'recreate', cause, settings };
  if (settings.some(needsRestart)) return { way: 'restart', cause, settings };
  return { way: settings.length > 0 ? 'set' : 'none', cause, settings };
}

export function containerChanges(
  topology: Topology,
  container: ContainerSummary,
  { port: published, dir, limits }: EngineNode,
  port: number,
): string[] {
  const image = imageOfContainer(container);
  return [
    ...(published === port ? [] : [`port ${published} -> ${port}`]),
    ...(image === topology.image ? [] : [`image ${image} -> ${topology.image}`]),
    ...(dir === topology.dir ? [] : [`${place(dir)} -> ${place(topology.dir)}`]),
    ...wishChanges(limits ?? UNLIMITED, topology.containers),
  ];
}

/** Field by field: one that is new later must not make every container anew. */
function wishChanges(from: ContainerWish, to: ContainerWish): string[] {
  const limit = (value: number | null) => value ?? 'unlimited';
  const size = (value: number | null) => (value === null ? 'unlimited' : bytes(value));
  return [
    ['restart', from.restart, to.restart],
    ['memory', size(from.memoryBytes), size(to.memoryBytes)],
    ['cpus', limit(from.cpus), limit(to.cpus)],
    ['bind', from.bind, to.bind],
  ].flatMap(([name, before, after]) => (before === after ? [] : [`${name} ${before} -> ${after}`]));
}

const place = (dir: string | null): string => (dir === null ? 'volumes' : `folder ${dir}`);

export interface ConfWork {
  readonly topology: Topology;
  readonly node: TopologyNode;
  readonly port: number;
  readonly hosts?: Hosts;
}

/** The node's redis.conf: as it is, with what has changed; a new one where there is none. */
export function nodeConf(
  { topology, node, port, hosts = new Map() }: ConfWork,
  present: string | null,
): string {
  const host = hosts.get(node.upstream ?? '') ?? node.upstream;
  // A node that only comes up to hand over its data must load them as it saved them.
  const leaves = topology.nodes.every(({ name }) => name !== node.name);
  if (leaves && present !== null) return withUpstream(present, host);
  const wished = wishedDirectives(topology, node);
  const changes = present === null ? [] : configChanges(recordIn(present).directives, wished);
  const text =
    present === null
      ? renderNodeConf(topology, { ...node, upstream: host })
      : withUpstream(changedConf(present, changes, wished), host);
  const { upstream } = node;
  return withRecord(text, { image: topology.image, port, upstream, directives: wished });
}
