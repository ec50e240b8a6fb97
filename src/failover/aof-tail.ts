/**
 * What an AOF has beyond the last write that a master got. An AOF names no offsets, and counting doesn't give
 * them: PINGs are in the stream alone. What tells is the past that both have, which the
 * master's backlog still holds.
 */
import { type AofAt, readPast } from '../stream/aof-past.js';
import { askReplication, attach, oldestSafe } from '../stream/attach.js';
import { alignedToEnd, type Command } from '../stream/commands.js';
import { type StreamCommand, StreamDecoder } from '../stream/decoder.js';
import { commonTo } from '../stream/holds.js';
import { type Bounds, withWire } from '../stream/read-stream.js';
import { encodeCommand, type StreamPlace } from '../stream/wire.js';

/** Of the AOF, and of the stream: at first, and at the most. */
const FIRST_BYTES = 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
const GROWTH = 8;

/** @returns null where the common past is gone, or fits in more than one place */
export async function readAofTail(
  aof: AofAt,
  master: StreamPlace,
  cut: number,
  bounds: Bounds,
): Promise<StreamCommand[] | null> {
  for (let most = FIRST_BYTES; ; most *= GROWTH) {
    const [held, before] = await Promise.all([
      readPast(aof, most),
      readBefore(master, cut, most, bounds),
    ]);
    if (before === null) return null;
    const common = commonTo({ commands: before, fromStart: false }, held);
    if (common !== null) return writesOf(held.commands, common);
    if (most >= MOST_BYTES || most >= aof.aof.bytes) return null;
  }
}

/** The last commands that the master had when it was promoted. Null if its backlog holds none of them. */
const readBefore = (
  master: StreamPlace,
  cut: number,
  most: number,
  bounds: Bounds,
): Promise<readonly Command[] | null> =>
  withWire(master, bounds, async (wire) => {
    const replication = await askReplication(wire);
    const next = Math.max(oldestSafe(replication), cut + 1 - most);
    if (!replication.backlog.active || next > cut) return null;
    await attach(wire, { id: replication.id, next }, replication);
    return alignedToEnd(await wire.read(cut + 1 - next));
  });

/** A transaction that the AOF does not hold to its end was never carried out. */
function writesOf(commands: readonly Command[], common: number): StreamCommand[] {
  const isOne = (name: string) => (it: Command) =>
    it.args[0]?.toString('latin1').toUpperCase() === name;
  const open = commands.findLastIndex(isOne('MULTI'));
  const isWhole = open <= commands.findLastIndex(isOne('EXEC'));
  const bytesOf = (some: readonly Command[]) =>
    Buffer.concat(some.map(({ args }) => encodeCommand(args)));
  const decoder = new StreamDecoder(0);
  decoder.push(bytesOf(commands.slice(0, common)));
  return decoder.push(bytesOf(commands.slice(common, isWhole ? undefined : open)));
}
