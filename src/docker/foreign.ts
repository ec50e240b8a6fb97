/**
 * Things that have one of our names and are not ours. Docker would refuse a container, mount
 * a volume as if it were ours, and on old engines make a second network of the same name.
 */
import type { Topology } from '../topology/topology.js';
import { LABEL, networksOf, volumesOf } from './labels.js';
import { authorityVolume, containerName } from './names.js';
import type { ContainerSummary, Labels, NetworkSummary, Runtime } from './runtime.js';

export interface Foreign {
  readonly kind: 'container' | 'network' | 'volume';
  readonly name: string;
  /** The topology whose it is, if it is rrepl's at all. */
  readonly owner: string | null;
}

interface Named {
  readonly name: string;
  readonly labels: Labels;
}

/** @param containers all that the engine has @param networks all too */
export async function findForeign(
  runtime: Runtime,
  topology: Topology,
  containers: Promise<readonly ContainerSummary[]>,
  networks: Promise<readonly NetworkSummary[]>,
): Promise<Foreign[]> {
  const { name, dir } = topology;
  const nodes = [...topology.nodes, ...(topology.sentinels?.nodes ?? [])];
  const volumes = dir === null ? nodes.flatMap((node) => volumesOf(name, node.name)) : [];
  const wanted = {
    container: nodes.map((node) => containerName(name, node.name)),
    network: networksOf(name),
    volume: [...volumes.map((volume) => volume.name), authorityVolume(name)],
  };
  const [holders, all, present] = await Promise.all([
    containers,
    networks,
    runtime.listVolumes({}),
  ]);
  const among = (kind: Foreign['kind'], things: readonly Named[]): Foreign[] =>
    things
      .filter((thing) => wanted[kind].includes(thing.name))
      .map((thing) => ({ kind, name: thing.name, owner: thing.labels[LABEL.topology] ?? null }))
      .filter(({ owner }) => owner !== name);
  return [...among('container', holders), ...among('network', all), ...among('volume', present)];
}
