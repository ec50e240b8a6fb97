/**
 * The one way to a server's stream: as a replica would that comes back. PSYNC is answered from the
 * backlog, and nothing changes on the server. Whatever the backlog can't answer would make the server begin
 * a full resync, so it is asked for first what it has; a replica whose link is down answers
 * NOMASTERLINK, so it isn't asked at all.
 */
import { FailedError } from '../errors.js';
import { type PsyncRequest, predictResync } from '../psync/predict.js';
import { parseInfo } from '../redis/info.js';
import { parseReplication, type ReplicationInfo, TAP_NAME } from '../redis/replication-info.js';
import { alignedToEnd } from './commands.js';
import type { Wire } from './wire.js';

/** A server does not give its stream from the place that was asked for, and was not made to. */
export class NoStreamError extends FailedError {}

export const askReplication = async (wire: Wire): Promise<ReplicationInfo> =>
  parseReplication(parseInfo(await wire.askText('INFO', 'replication')));

/**
 * Afterwards the wire carries the stream from there on. It acknowledges nothing: so WAIT never
 * counts it, and `min-replicas-to-write` no longer than `min-replicas-max-lag`.
 */
export async function attach(
  wire: Wire,
  { id, next }: PsyncRequest,
  replication: ReplicationInfo,
): Promise<void> {
  const prediction = predictResync({ id, next }, replication);
  if (prediction.reason !== null) throw new NoStreamError(`no stream: ${prediction.reason}`);
  if (replication.link?.up === false) throw new NoStreamError('no stream: its link is down');
  // Sentinel passes over a replica without a port that has a name for an address.
  await wire.ask('REPLCONF', 'listening-port', '0');
  await wire.ask('REPLCONF', 'ip-address', TAP_NAME);
  const answer = await wire.askText('PSYNC', id, String(next));
  if (answer.startsWith('CONTINUE')) return;
  wire.close();
  throw new NoStreamError(`no stream: its backlog went on before it was asked (${answer})`);
}

/** Of a full backlog that is written on, the oldest part may be gone before it is asked for. */
const MARGIN_PARTS = 16;

/** The oldest place that will still be there in a moment. */
export function oldestSafe({ backlog }: ReplicationInfo): number {
  const isFull = backlog.length >= backlog.size;
  return backlog.firstByteOffset + (isFull ? Math.floor(backlog.size / MARGIN_PARTS) : 0);
}

/** In which database the stream was at this offset, as a replica that had applied it was. */
export interface SeenDatabase {
  readonly id: string;
  readonly offset: number;
  readonly db: number;
}

/** Null if it is no replica, or its link is down. */
export async function askDatabase(wire: Wire): Promise<SeenDatabase | null> {
  const asked = await wire.askAll([
    ['MULTI'],
    ['INFO', 'replication'],
    ['CLIENT', 'LIST', 'TYPE', 'master'],
    ['EXEC'],
  ]);
  const replies = asked.at(-1);
  if (!Array.isArray(replies)) return null;
  const [info, upstream] = replies;
  const { id, offset } = parseReplication(parseInfo(String(info)));
  // It executes the stream as a client would, in a database.
  const [, db] = / db=(\d+) /.exec(String(upstream)) ?? [];
  return db === undefined ? null : { id, offset, db: Number(db) };
}

/**
 * A stream doesn't say again which database it is in. The last SELECT before a place does, if
 * the commands before it are read up to exactly there; or a replica from which on none of them is
 * one. Null if neither tells.
 *
 * @param before what stands before `next` in the stream `id`
 */
export function databaseAfter(
  before: Buffer,
  { id, next }: PsyncRequest = { id: '', next: 0 },
  seen: readonly SeenDatabase[] = [],
): number | null {
  const commands = alignedToEnd(before) ?? [];
  const selects = commands.filter(
    ({ args }) => args[0]?.toString('latin1').toUpperCase() === 'SELECT',
  );
  const db = selects.at(-1)?.args[1];
  if (db !== undefined) return Number(db.toString('latin1'));
  const from = next - before.length + (commands[0]?.begin ?? before.length);
  const same = seen.find((it) => it.id === id && it.offset + 1 >= from && it.offset < next);
  return same?.db ?? null;
}
