/** Of salvaged writes: what their keys held in the end, and whether the master has changed them since. */
import { FailedError } from '../errors.js';
import { NoReplyError } from '../redis/node.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { askReplication, attach } from '../stream/attach.js';
import { Changes, keyId } from '../stream/changes.js';
import { type StreamCommand, StreamDecoder } from '../stream/decoder.js';
import { readKeys } from '../stream/key-state.js';
import type { SalvagedWrite } from '../stream/salvage-file.js';
import { type StreamPlace, Wire } from '../stream/wire.js';

/** All that was written to the master since it parted; null if its backlog does not reach back so far. */
export async function changesSince(
  place: StreamPlace,
  cut: number,
  { id, offset, backlog }: ReplicationInfo,
): Promise<Changes | null> {
  if (!backlog.active || backlog.firstByteOffset > cut + 1) return null;
  const changes = new Changes();
  if (offset <= cut) return changes;
  const wire = new Wire(place);
  try {
    await wire.logIn();
    await attach(wire, { id, next: cut + 1 }, await askReplication(wire));
    changes.add(new StreamDecoder(cut + 1).push(await wire.read(offset - cut)));
    return changes;
  } catch (error) {
    if (error instanceof FailedError || error instanceof NoReplyError) return null;
    throw error;
  } finally {
    wire.close();
  }
}

/** With the database that the stream did not say: the one in which their keys are, if it is the only one. */
export async function placed(
  former: Wire,
  commands: readonly StreamCommand[],
): Promise<readonly StreamCommand[]> {
  const unplaced = commands.filter((it) => it.db === null);
  if (unplaced.length === 0) return commands;
  const keys = unplaced.slice(-100).flatMap((it) => it.keys);
  const info = await former.askText('INFO', 'keyspace');
  const found: number[] = [];
  for (const [, digits] of info.matchAll(/^db(\d+):/gm)) {
    const db = Number(digits);
    const replies = await former.askAll([
      ['SELECT', String(db)],
      ...keys.map((key) => ['EXISTS', key]),
    ]);
    if (replies.slice(1).some((reply) => reply === 1)) found.push(db);
  }
  const [db, ...others] = found;
  if (db === undefined || others.length > 0) return commands;
  return commands.map((it) => (it.db === null ? { ...it, db } : it));
}

/** The last write of each key has what the key holds in the end. */
export async function withStates(
  former: Wire,
  writes: readonly StreamCommand[],
  changes: Changes | null,
): Promise<SalvagedWrite[]> {
  const last = new Map<string, { index: number; db: number; key: Buffer }>();
  for (const [index, { db, keys }] of writes.entries()) {
    if (db === null) continue;
    for (const key of keys) last.set(keyId(db, key), { index, db, key });
  }
  const after = writes.map((): SalvagedWrite['after'][number][] => []);
  for (const db of new Set([...last.values()].map((it) => it.db))) {
    const wanted = [...last.values()].filter((it) => it.db === db);
    const states = await readKeys(
      former,
      db,
      wanted.map(({ key }) => key),
    );
    for (const [at, { index, key }] of wanted.entries()) {
      const state = states[at];
      if (state) after[index]?.push({ key, ...state });
    }
  }
  return writes.map(({ begin: _, ...write }, index) => ({
    ...write,
    changed: changes && write.keys.some((key) => changes.of(write.db, key) !== null),
    after: after[index] ?? [],
  }));
}
