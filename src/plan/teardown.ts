/** The plan that removes a topology: what the labels say is ours, and nothing else. */
import { recordVolumeName } from '../docker/names.js';
import type { ContainerSummary } from '../docker/runtime.js';
import type { EngineTopology } from '../docker/topologies.js';
import type { Plan, Step } from './plan.js';
import { strayRemovals } from './removal.js';

export interface TeardownOptions {
  /** Remove the volumes too: configuration and data. */
  readonly volumes: boolean;
  /** Folders under --dir to remove with them: what is set aside there is rrepl's. */
  readonly folders?: readonly string[];
}

export function teardown(
  observed: EngineTopology,
  { volumes, folders = [] }: TeardownOptions,
): Plan {
  const present = observed.nodes.flatMap(({ name, container }) =>
    container ? [{ node: name, container }] : [],
  );
  const kept = volumes ? [] : present.flatMap(keepingData);
  if (!volumes && present.length > 0 && observed.volumes.length > 0) {
    kept.push(recording(observed.name, [...kept]));
  }
  const sentinels = observed.sentinels.flatMap(({ name, container }) =>
    container ? [{ node: name, container }] : [],
  );
  const removed = [...present, ...sentinels].map(
    ({ node, container }): Step => ({
      id: `remove ${node}`,
      after: kept,
      kind: 'removeContainer',
      resource: container.name,
      node,
      cause: 'down',
    }),
  );
  const strays = strayRemovals(observed);
  const after = [...removed, ...strays];
  const networks = observed.networks.map(
    // By id: two networks of the engine may have one name, and only this one is ours.
    ({ id, name }): Step => ({
      id: `removeNetwork ${id}`,
      after,
      kind: 'removeNetwork',
      network: id,
      resource: name,
      cause: 'down',
    }),
  );
  const record = observed.record === null ? [] : [observed.record];
  const discarded = volumes ? [...observed.volumes, ...record] : [];
  const volumeSteps = discarded.map(
    ({ name }): Step => ({
      id: `removeVolume ${name}`,
      after,
      kind: 'removeVolume',
      resource: name,
      cause: 'the data go too',
    }),
  );
  const folderSteps = (volumes ? folders : []).map(
    (folder): Step => ({
      id: `removeFolder ${folder}`,
      after,
      kind: 'removeFolder',
      resource: folder,
      cause: 'the data go too',
    }),
  );
  return {
    topology: observed.name,
    steps: [...kept, ...removed, ...strays, ...networks, ...volumeSteps, ...folderSteps],
    first: [],
    notes: [],
  };
}

/**
 * Data that is kept is saved first: a server that is stopped writes its RDB, one that is
 * killed doesn't, and one that is paused can't.
 */
function keepingData({
  node,
  container: { name: resource, state },
}: {
  readonly node: string;
  readonly container: ContainerSummary;
}): Step[] {
  const base = { resource, node, cause: 'its data is kept' };
  const stop: Step = { ...base, id: `stop ${node}`, after: [], kind: 'stopContainer' };
  if (state === 'running') return [stop];
  if (state !== 'paused') return [];
  const unpause: Step = { ...base, id: `unpause ${node}`, after: [], kind: 'unpauseContainer' };
  return [unpause, { ...stop, after: [unpause] }];
}

const recording = (topology: string, after: readonly Step[]): Step => ({
  id: 'record',
  after,
  kind: 'writeRecord',
  topology,
  resource: recordVolumeName(topology),
  cause: 'so that a plan knows what is in the volumes',
});
