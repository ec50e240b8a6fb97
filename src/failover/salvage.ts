/**
 * The writes that a former master took and the new one does not have: read from its backlog while it
 * lives, for a full resync throws them away. It is fenced first, and stays so.
 */
import { FailedError } from '../errors.js';
import { shortIds } from '../format.js';
import { FENCE, FENCE_SETTING } from '../redis/fence.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { askReplication, attach, databaseAfter } from '../stream/attach.js';
import { alignedToEnd } from '../stream/commands.js';
import { type StreamCommand, StreamDecoder } from '../stream/decoder.js';
import { type Bounds, withWire } from '../stream/read-stream.js';
import type { Salvage } from '../stream/salvage-file.js';
import { type StreamPlace, Wire } from '../stream/wire.js';
import { lacking } from './held.js';
import { changesSince, placed, withStates } from './salvaged-states.js';

export interface SalvageFrom {
  readonly topology: string;
  /** The former master, which lives. */
  readonly former: StreamPlace;
  readonly master: StreamPlace;
  /** Takes writes again if the master has all of its. */
  readonly isReleased: boolean;
}

/**
 * Rejects with `FailedError` where nothing tells what the master lacks. What the backlog does not
 * reach back to is said in `missingBytes`.
 */
export const salvage = (from: SalvageFrom, bounds: Bounds): Promise<Salvage> =>
  withWire(from.former, bounds, (former) =>
    withWire(from.master, bounds, (master) => salvageOver(from, former, master)),
  );

async function salvageOver(from: SalvageFrom, former: Wire, master: Wire): Promise<Salvage> {
  const above = await askReplication(master);
  const cut = cutBetween(from, await askReplication(former), above);
  const [, before] = (await former.ask('CONFIG', 'GET', FENCE_SETTING)) as [Buffer, Buffer];
  await former.ask('CONFIG', 'SET', FENCE_SETTING, FENCE);
  const { offset } = await askReplication(former);
  const tail = await unlimited(former, offset - cut + LOOK_BACK, () =>
    readTail(from.former, former, cut),
  );
  const hasNothing = tail.commands.length === 0 && tail.missingBytes === 0;
  if (from.isReleased && hasNothing) await former.ask('CONFIG', 'SET', FENCE_SETTING, before);
  const changes = await changesSince(from.master, cut, above);
  const writes = await placed(former, tail.commands);
  const lines = await lacking(master, await withStates(former, writes, changes));
  const { name: node } = from.former;
  return {
    ...{ topology: from.topology, node, master: from.master.name },
    ...{ id: tail.id, masterId: above.id, cut, end: tail.end },
    ...{ source: 'stream', missingBytes: tail.missingBytes },
    writes: lines.length,
    at: new Date().toISOString(),
    lines,
  };
}

/** The last offset of the former master's stream that the master has. */
function cutBetween(
  { former, master }: Pick<SalvageFrom, 'former' | 'master'>,
  below: ReplicationInfo,
  above: ReplicationInfo,
): number {
  const refuse = (why: string) =>
    new FailedError(`nothing can be salvaged from ${former.name}: ${shortIds(why)}`);
  if (above.role !== 'master') throw refuse(`${master.name} is no master`);
  if (below.role !== 'master') throw refuse('it is a replica, and has what its master has');
  const parted = partedAt(below, above);
  if (parted !== null) return parted - 1;
  throw refuse(
    `${master.name} does not know its replication id ${below.id}, so nothing tells where the two parted`,
  );
}

type Ids = Pick<ReplicationInfo, 'id' | 'secondId' | 'secondOffset'>;

/** The first offset at which two streams differ: whichever was promoted, or both of the same one. Null if that isn't known. */
export function partedAt(one: Ids, other: Ids): number | null {
  const [first, second] = [one.secondOffset ?? 0, other.secondOffset ?? 0];
  if (one.id === other.id) return null;
  if (other.secondId === one.id) return second;
  if (one.secondId === other.id) return first;
  return one.secondId !== null && one.secondId === other.secondId ? Math.min(first, second) : null;
}

const OUTPUT_LIMIT = 'client-output-buffer-limit';

/** 6.0 copies the backlog for who reads it, and closes the connection where that is beyond the limit. */
async function unlimited<T>(former: Wire, bytes: number, work: () => Promise<T>): Promise<T> {
  const [, before] = (await former.ask('CONFIG', 'GET', OUTPUT_LIMIT)) as [Buffer, Buffer];
  const [, ...limits] = /(?:slave|replica) (\d+) (\d+)/.exec(before.toString()) ?? [];
  if (limits.map(Number).every((limit) => limit === 0 || limit > bytes)) return work();
  await former.ask('CONFIG', 'SET', OUTPUT_LIMIT, 'slave 0 0 0');
  try {
    return await work();
  } finally {
    await former.ask('CONFIG', 'SET', OUTPUT_LIMIT, before);
  }
}

interface Tail {
  readonly id: string;
  readonly end: number;
  readonly missingBytes: number;
  readonly commands: readonly StreamCommand[];
}

/** Before the cut, to learn the database. */
const LOOK_BACK = 1024 * 1024;
/** Scripts pass the fence on 6.0: what they write meanwhile is read too. */
const ROUNDS = 20;

async function readTail(place: StreamPlace, asked: Wire, cut: number): Promise<Tail> {
  let replication = await askReplication(asked);
  const { id, backlog } = replication;
  const first = backlog.active ? backlog.firstByteOffset : replication.offset + 1;
  const next = Math.max(cut + 1, first);
  const missingBytes = next - (cut + 1);
  let end = replication.offset;
  if (end < next) return { id, end, missingBytes, commands: [] };
  const from = Math.max(first, next - LOOK_BACK);
  const wire = new Wire(place);
  try {
    await wire.logIn();
    await attach(wire, { id, next: from }, replication);
    const before = await wire.read(next - from);
    let data = await wire.read(end + 1 - next);
    for (let round = 0; round < ROUNDS; round += 1) {
      replication = await askReplication(asked);
      if (replication.offset === end) break;
      data = Buffer.concat([data, await wire.read(replication.offset - end)]);
      end = replication.offset;
    }
    return { id, end, missingBytes, commands: decode(data, next, before, missingBytes > 0) };
  } finally {
    wire.close();
  }
}

/** What begins within a command is read from the first that is whole. */
function decode(data: Buffer, next: number, before: Buffer, isCut: boolean): StreamCommand[] {
  const skipped = isCut ? (alignedToEnd(data)?.[0]?.begin ?? data.length) : 0;
  const decoder = new StreamDecoder(next + skipped, isCut ? null : databaseAfter(before));
  return decoder.push(data.subarray(skipped));
}
