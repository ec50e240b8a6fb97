/** What a failover would throw away: written to files, and put into the new master. */

import { UsageError } from '../errors.js';
import { applySalvage as apply, type OnConflict, type Outcome } from '../failover/salvage-apply.js';
import { findNode } from '../live/find-node.js';
import { findMaster, salvageNode } from '../live/salvage.js';
import { prepareFolder, writeSalvage } from '../live/salvage-files.js';
import { readStatus } from '../live/status.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { parseSalvage, type Salvage } from '../stream/salvage-file.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';
import { changeTopology } from './topology.js';

export interface SalvageInput extends Target {
  /** The former master's name. */
  readonly node: string;
  /** A folder on this host; it is made if it isn't there, and must not hold a `salvage.jsonl`. */
  readonly out: string;
}

const TIMEOUT_MS = 60_000;

/**
 * Reads the writes of a former master that the new one does not have, and writes them to
 * `salvage.resp` and `salvage.jsonl`. One that lives and has some
 * refuses writes from then on, until `heal`.
 * Rejects with `FailedError` where nothing tells what was lost, with `InvalidError` for the folder. 60 s unless `timeoutMs` says otherwise.
 */
export function salvage(
  engine: Engine,
  { topology, node, out }: SalvageInput,
  options: OperationOptions = {},
): Promise<Salvage> {
  const run = startRun(options, TIMEOUT_MS);
  return changeTopology(engine, topology, run, async (live) => {
    const { name } = findNode({ topology, nodes: (await readStatus(live)).nodes }, node);
    await prepareFolder(out);
    const found = await salvageNode(live, name, { ...run, isReleased: true });
    await writeSalvage(found, out);
    return found;
  });
}

export interface ApplyInput {
  /** The one that the file names, if it isn't said. */
  readonly topology?: string | undefined;
  /** The text of a `salvage.jsonl`, and its name for messages. */
  readonly text: string;
  readonly file: string;
  /** Of keys that the master has changed since; `skip` unless it is said. */
  readonly onConflict?: OnConflict | undefined;
  /** What became of each key, as it is done. */
  readonly onOutcome?: ((outcome: Outcome) => void) | undefined;
}

export interface Applied {
  readonly topology: string;
  readonly master: string;
  /** How many keys came to which result. */
  readonly results: Readonly<Record<Outcome['result'], number>>;
}

/**
 * Puts what was salvaged into the master that there is now: by default only what conflicts with
 * nothing. Each key is read afterwards; giving it twice does no harm. 60 s unless `timeoutMs` says otherwise.
 * Rejects with `UsageError` where the file is of another topology.
 */
export async function applySalvage(
  engine: Engine,
  { topology: said, text, file, onConflict = async () => 'skip', onOutcome = () => {} }: ApplyInput,
  options: OperationOptions = {},
): Promise<Applied> {
  const run = startRun(options, TIMEOUT_MS);
  const salvaged = parseSalvage(text, file);
  const { topology } = salvaged;
  if (said !== undefined && said !== topology)
    throw new UsageError(`${file} holds writes of topology ${topology}, and not of ${said}`);
  return changeTopology(engine, topology, run, async (live) => {
    const ours = (it: ReplicationInfo) => [it.id, it.secondId].includes(salvaged.masterId);
    const master = await findMaster(live, null, ours, run);
    const results = { verified: 0, same: 0, skipped: 0, failed: 0 };
    const tell = (outcome: Outcome) => {
      results[outcome.result] += 1;
      onOutcome(outcome);
    };
    const bounds = { deadlineMs: run.deadline.remainingMs(), signal: run.signal };
    await apply({ salvage: salvaged, master, onConflict, onOutcome: tell }, bounds);
    return { topology, master: master.name, results };
  });
}
