/** The step that reads what a former master would lose. */
import { join } from 'node:path';
import { listTopology } from '../docker/topologies.js';
import { NothingOnDiskError } from '../failover/salvage-killed.js';
import { salvageNode } from '../live/salvage.js';
import { writeSalvage } from '../live/salvage-files.js';
import { observeAccess } from '../observe/reach.js';
import type { StepOf } from '../plan/plan.js';
import { Deadline } from '../redis/wait.js';
import type { World } from './world.js';

/** The rest of the run must not wait for a server that hangs, and wants time too. */
const LIMIT_MS = 60_000;
const PART = 0.5;
const MOST_BYTES = 512 * 1024 * 1024;

/** What fails is said, and holds nothing up: the data are set aside too. */
export async function salvage(step: StepOf<'salvage'>, world: World): Promise<void> {
  const { topology, node } = step;
  const { runtime, salvageTo, signal, deadline } = world;
  if (salvageTo === undefined) return;
  try {
    const seen = await listTopology(runtime, topology);
    const access = await observeAccess(runtime, seen);
    const within = new Deadline(Math.min(LIMIT_MS, PART * deadline.remainingMs()));
    const live = { name: topology, runtime, access, nodes: seen.nodes };
    const limits = { deadline: within, signal, mostBytes: MOST_BYTES };
    const found = await salvageNode(live, node, limits);
    const { lines, missingBytes, master, at, source } = found;
    if (lines.length === 0 && !missingBytes) {
      if (source === 'data') world.emit({ type: 'note', text: nothingOnDisk(node, master) });
      return;
    }
    const folder = join(salvageTo, `${topology}-${node}-${at.replaceAll(':', '-')}`);
    await writeSalvage(found, folder);
    const conflicts = lines.filter(({ changed }) => changed !== false).length;
    world.emit({
      ...{ type: 'salvaged', topology, node, master, folder, source },
      ...{ writes: lines.length, conflicts, missingBytes },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NothingOnDiskError) return;
    const reason = error instanceof Error ? error.message : String(error);
    world.emit({ type: 'note', text: `what only ${node} was written is not salvaged: ${reason}` });
  }
}

const nothingOnDisk = (node: string, master: string): string =>
  `${master} has all that is on the disk of ${node}; what that had in memory alone is lost`;
