/**
 * Undoes what a failed run created, and only that: everything a run creates carries its
 * label. What was there before, or what another run makes at the same time, stays.
 */
import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LABEL } from '../docker/labels.js';
import { type ObservedTopology, observeTopology } from '../docker/observe.js';
import type { Labels } from '../docker/runtime.js';
import type { Step } from '../plan/plan.js';
import { teardown } from '../plan/teardown.js';
import { execute } from './execute.js';
import type { World } from './world.js';

/** A create call that was aborted here may still be carried out by the engine: look again. */
const ROUNDS = 3;

/**
 * True if the run has changed a topology that was there: a node that it made may be the master
 * then, or stand for one that is gone, so nothing may be undone.
 */
export function changedOthers(begun: readonly Step[]): boolean {
  const made = new Set<string>();
  for (const { kind, resource } of begun) {
    if (kind === 'createContainer') made.add(resource);
    if (kind === 'switchover' || kind === 'stopContainer') return true;
    if (kind === 'removeContainer' && !made.has(resource)) return true;
  }
  return false;
}

/** Returns the names of what could not be removed. */
export async function rollback(
  topology: string,
  begun: readonly Step[],
  world: World,
): Promise<string[]> {
  const look = async () =>
    teardown(createdBy(world.creation?.run, await observeTopology(world.runtime, topology)), {
      volumes: true,
    });
  let left = await look();
  for (let round = 0; round < ROUNDS && left.steps.length > 0; round += 1) {
    await execute(left, world).catch(() => {});
    left = await look();
  }
  await Promise.all(begun.filter((step) => step.kind === 'createFolder').map(removeFolder));
  return left.steps.map((step) => step.resource);
}

/** The part of a topology that one run made. */
function createdBy(run: string | undefined, observed: ObservedTopology): ObservedTopology {
  const mine = ({ labels }: { readonly labels: Labels }) => labels[LABEL.run] === run;
  return {
    name: observed.name,
    nodes: observed.nodes.filter(({ container }) => container !== null && mine(container)),
    strays: observed.strays.filter(mine),
    networks: observed.networks.filter(mine),
    volumes: observed.volumes.filter(mine),
    record: null,
  };
}

/** The folder was missing before the run. Its parents go too, as far as they are empty. */
async function removeFolder({ resource: folder }: Step): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const node = dirname(folder);
  for (const parent of [node, dirname(node)]) await rmdir(parent).catch(() => {});
}
