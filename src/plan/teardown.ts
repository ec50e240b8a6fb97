/** The plan that removes a topology: what the labels say is ours, and nothing else. */
import type { ObservedTopology } from '../docker/observe.js';
import type { Plan, Step } from './plan.js';

export interface TeardownOptions {
  /** Remove the volumes too: configuration and data. */
  readonly volumes: boolean;
  /** Folders under --dir to remove with them: what is set aside there is rrepl's. */
  readonly folders?: readonly string[];
}

export function teardown(
  observed: ObservedTopology,
  { volumes, folders = [] }: TeardownOptions,
): Plan {
  const containers = observed.nodes.flatMap(({ name, container }) =>
    container ? [removal(name, container.name, container.state, volumes)] : [],
  );
  const removed = containers.flat().filter((step) => step.kind === 'removeContainer');
  const after = removed.map((step) => step.id);
  const cause = 'down';
  const networks = observed.networks.map(
    // By id: two networks of the engine may have one name, and only this one is ours.
    ({ id, name }): Step => ({
      id: `removeNetwork ${id}`,
      after,
      kind: 'removeNetwork',
      network: id,
      resource: name,
      cause,
    }),
  );
  const discarded = volumes ? observed.volumes : [];
  const volumeSteps = discarded.map(
    ({ name }): Step => ({
      id: `removeVolume ${name}`,
      after,
      kind: 'removeVolume',
      resource: name,
      cause: 'down --volumes',
    }),
  );
  const folderSteps = (volumes ? folders : []).map(
    (folder): Step => ({
      id: `removeFolder ${folder}`,
      after,
      kind: 'removeFolder',
      resource: folder,
      cause: 'down --volumes',
    }),
  );
  return {
    topology: observed.name,
    steps: [...containers.flat(), ...networks, ...volumeSteps, ...folderSteps],
    notes: [],
  };
}

/**
 * Data that is kept is saved first: a server that is stopped writes its RDB, one that is
 * killed doesn't, and one that is paused can't.
 */
function removal(node: string, resource: string, state: string, discard: boolean): Step[] {
  const base = { resource, node, cause: 'its data is kept' };
  const steps: Step[] = [];
  const after = () => steps.map((step) => step.id).slice(-1);
  if (state === 'paused' && !discard) {
    steps.push({ ...base, id: `unpause ${node}`, after: after(), kind: 'unpauseContainer' });
  }
  if ((state === 'running' || state === 'paused') && !discard) {
    steps.push({ ...base, id: `stop ${node}`, after: after(), kind: 'stopContainer' });
  }
  const last = { ...base, id: `remove ${node}`, after: after(), cause: 'down' };
  return [...steps, { ...last, kind: 'removeContainer' }];
}
