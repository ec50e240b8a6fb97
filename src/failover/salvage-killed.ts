/**
 * The writes of a former master that was killed: from its AOF, if the past that it has in common with the
 * master's stream tells where they parted; else from a comparison of the data on its disk with the master's.
 */
import { confValue } from '../config/conf-file.js';
import type { Runtime } from '../docker/runtime.js';
import { FailedError } from '../errors.js';
import { count } from '../format.js';
import { filesOfContainer } from '../observe/disk.js';
import type { NodeFiles } from '../observe/observed.js';
import { diskCopy } from '../plan/copies.js';
import { dataNames } from '../psync/disk.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { askReplication } from '../stream/attach.js';
import { type Bounds, withWire } from '../stream/read-stream.js';
import type { Salvage, SalvagedWrite, SalvageHead } from '../stream/salvage-file.js';
import type { StreamPlace, Wire } from '../stream/wire.js';
import { readAofTail } from './aof-tail.js';
import { compareAlone } from './compare-alone.js';
import { lacking } from './held.js';
import { type Load, type LoneServer, withLoneServer } from './lone-server.js';
import { partedAt } from './salvage.js';
import { changesSince, placed, withStates } from './salvaged-states.js';
import type { Place } from './set-aside.js';

/** A node whose server does not run, and what is known of its disk. */
export interface Killed extends Place, NodeFiles {
  readonly master: StreamPlace;
}

/** What the master lacks of it was in its memory alone. */
export class NothingOnDiskError extends FailedError {}

/** Of redis.conf, where it says nothing else. */
const DATABASES = 16;

/** Rejects with `NothingOnDiskError` where its disk tells nothing of what the master lacks. */
export const salvageKilled = (runtime: Runtime, killed: Killed, bounds: Bounds): Promise<Salvage> =>
  withWire(killed.master, bounds, async (master) => {
    const above = await askReplication(master);
    const found = await parting(runtime, killed, above, bounds);
    const changes = found.cut === null ? null : await changesSince(killed.master, found.cut, above);
    const work = async (former: Wire): Promise<SalvagedWrite[]> => {
      const { tail } = found;
      if (tail === null) return compareAlone({ node, former, master }, changes, bounds);
      const lines = await withStates(former, await placed(former, tail), changes);
      return (await lacking(master, lines)).map((line) => ({ ...line, offset: null }));
    };
    const { topology, node } = killed;
    const lines = await withLoneServer(runtime, lone(killed), bounds, work);
    const { source, id, cut, end, missingBytes } = found;
    return {
      ...{ topology, node, master: killed.master.name },
      ...{ source, id, masterId: above.id, cut, end, missingBytes },
      writes: lines.length,
      at: new Date().toISOString(),
      lines,
    };
  });

interface Parting extends Pick<SalvageHead, 'source' | 'id' | 'cut' | 'end' | 'missingBytes'> {
  /** The writes beyond the cut; null where the data must be compared. */
  readonly tail: Awaited<ReturnType<typeof readAofTail>>;
}

/** Nobody knows. */
const UNKNOWN: Parting = {
  source: 'data',
  ...{ id: null, cut: null, end: null, missingBytes: null, tail: null },
};

/** Where the streams of the two parted, as far as the disk tells. */
async function parting(
  runtime: Runtime,
  killed: Killed,
  above: ReplicationInfo,
  bounds: Bounds,
): Promise<Parting> {
  const refuse = (why: string) =>
    new NothingOnDiskError(
      `nothing can be salvaged from ${killed.node}, which does not run: ${why}`,
    );
  const copy = diskCopy({ ...killed, name: killed.node });
  if (copy === null || copy.loads === 'nothing') throw refuse('its data were in its memory alone');
  const ofAof = copy.loads === 'aof' && (await partingOfAof(runtime, killed, above, bounds));
  if (ofAof) return ofAof;
  if (copy.at === null) return UNKNOWN;
  const { id, offset: end } = copy.at;
  const parted = partedAt({ id, secondId: null, secondOffset: null }, above);
  const cut = id === above.id ? above.offset : parted === null ? null : parted - 1;
  if (cut === null || end > cut) return { ...UNKNOWN, id, cut, end };
  throw refuse(
    `what is on its disk was saved at offset ${count(end)}, and ${killed.master.name} has all up to ${count(cut)}; what came later was in its memory alone`,
  );
}

/** Null where what it has in common with the master is gone, or fits in more than one place. */
async function partingOfAof(
  runtime: Runtime,
  { container, disk, config, master }: Killed,
  { secondId, secondOffset }: ReplicationInfo,
  bounds: Bounds,
): Promise<Parting | null> {
  if (!disk?.aof || secondId === null || secondOffset === null) return null;
  const cut = secondOffset - 1;
  const files = filesOfContainer(runtime, container);
  const tail = await readAofTail({ aof: disk.aof, files }, master, cut, bounds);
  if (tail === null) return null;
  // Otherwise what was acknowledged may not have been written when it was killed.
  const isComplete = confValue(config ?? '', 'appendfsync') === 'always';
  return {
    ...{ source: 'aof', id: secondId, cut, end: null, tail },
    missingBytes: isComplete ? 0 : null,
  };
}

function lone({ topology, node, container, config, disk }: Killed): LoneServer {
  const databases = Number(confValue(config ?? '', 'databases') || DATABASES);
  return { ...{ topology, node, container, databases }, load: loadOf(config, disk) };
}

function loadOf(config: string | null, disk: NodeFiles['disk']): Load {
  const names = dataNames(config);
  const isAof = confValue(config ?? '', 'appendonly') === 'yes' && disk?.aof != null;
  if (!isAof) return { kind: 'rdb', path: names.rdb };
  const isFolder = disk?.aof?.path === names.aofFolder;
  return { kind: 'aof', file: names.aof, folder: isFolder ? names.aofFolder : null };
}
