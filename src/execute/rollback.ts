/**
 * Undoes what a failed run created, and only that: everything a run creates carries its
 * label. What was there before, or what another run makes at the same time, stays.
 */
import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../docker/labels.js';
import type { Labels } from '../docker/runtime.js';
import { type EngineTopology, listTopology } from '../docker/topologies.js';
import type { Step } from '../plan/plan.js';
import { teardown } from '../plan/teardown.js';
import { Deadline } from '../redis/wait.js';
import { execute } from './execute.js';
import type { World } from './world.js';

const ROUNDS = 3;
/** How long the engine may take to carry out a create call that was aborted here. */
const LATE_MS = 3_000;
const LOOK_AGAIN_MS = 100;

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

/**
 * Returns the names of what could not be removed.
 * @param aborted steps of `begun` that were broken off: what they create may be there only later
 */
export async function rollback(
  topology: string,
  { begun, aborted }: { readonly begun: readonly Step[]; readonly aborted: readonly Step[] },
  world: World,
): Promise<string[]> {
  const late = new Set(aborted.filter(creates).map(({ resource }) => resource));
  const look = async () => {
    const observed = await listTopology(world.runtime, topology);
    const plan = teardown(createdBy(world.creation?.run, observed), { volumes: true });
    for (const { resource } of plan.steps) late.delete(resource);
    return plan;
  };
  const deadline = new Deadline(LATE_MS);
  let left = await look();
  for (let round = 0; round < ROUNDS; ) {
    if (left.steps.length > 0) {
      await execute(left, world).catch(() => {});
      round += 1;
    } else if (late.size > 0 && deadline.remainingMs() > 0) await sleep(LOOK_AGAIN_MS);
    else break;
    left = await look();
  }
  await Promise.all(begun.filter((step) => step.kind === 'createFolder').map(removeFolder));
  return left.steps.map((step) => step.resource);
}

const creates = ({ kind }: Step): boolean => kind.startsWith('create') && kind !== 'createFolder';

/** The part of a topology that one run made. */
function createdBy(run: string | undefined, observed: EngineTopology): EngineTopology {
  const mine = ({ labels }: { readonly labels: Labels }) => labels[LABEL.run] === run;
  return {
    name: observed.name,
    nodes: observed.nodes.filter(({ container }) => container !== null && mine(container)),
    sentinels: observed.sentinels.filter(({ container }) => container !== null && mine(container)),
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
