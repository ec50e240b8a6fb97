/**
 * What each node has of the data: in the memory of a server that answers, else on its disk. What
 * a server was told to write says nothing of what it has written: settings change at run time,
 * disks fill up, files are taken away. So copies are compared by what they are. Pure.
 */
import { confValue } from '../config/conf-file.js';
import { count, plural, shortIds } from '../format.js';
import type { ObservedNode, ObservedServer } from '../observe/observed.js';
import type { DiskFacts } from '../psync/disk.js';
import type { RdbOrigin } from '../psync/rdb-header.js';
import type { ReplicationInfo } from '../redis/replication-info.js';

/** A copy on the disk of a node whose server does not answer. */
export interface DiskCopy {
  readonly node: string;
  /** What a server with the node's redis.conf would load. */
  readonly loads: 'rdb' | 'aof' | 'nothing';
  /** True if there is no key on it, whatever would be loaded. */
  readonly empty: boolean;
  /** The place in a stream up to which it has everything; null if nothing tells. */
  readonly at: RdbOrigin | null;
  /**
   * Whether it has all that its server had in the end: an AOF that was on until then, an RDB
   * saved at a clean end. Null if nothing tells.
   */
  readonly complete: boolean | null;
  /** It has nothing that came later. Milliseconds since the epoch; null if it has nothing. */
  readonly asOfMs: number | null;
  /** For people: `RDB of 12:01:02, 3 keys, offset 1,234 of 8c60275b`. */
  readonly text: string;
}

/** Null while a server answers for the node, or where its disk can't be read. */
export function diskCopy({
  name,
  config,
  disk,
  end,
}: Pick<ObservedNode, 'name' | 'config' | 'disk' | 'end'>): DiskCopy | null {
  if (disk === null) return null;
  const { rdb, aof } = disk;
  const loads = loaded(config, disk);
  const source = loads === 'aof' ? aof : (rdb ?? aof);
  const savedLast = rdb !== null && (aof === null || rdb.modifiedMs >= aof.modifiedMs);
  // A clean end with the AOF on saves the RDB too, and it names the place of both.
  const tellsPlace = loads !== 'aof' || (savedLast && end?.aof === true);
  return {
    node: name,
    loads,
    empty: source === null || (loads !== 'aof' && rdb?.keys === 0),
    at: tellsPlace ? (rdb?.origin ?? null) : null,
    complete: completeness(loads, end),
    asOfMs: (loads === 'aof' ? null : rdb?.createdMs) ?? source?.modifiedMs ?? null,
    text: diskText(disk),
  };
}

/** A server with an AOF turned on loads that or nothing: it never looks at the RDB (src/server.c, `loadDataFromDisk`). */
function loaded(config: string | null, { rdb, aof }: DiskFacts): DiskCopy['loads'] {
  if (config === null) return rdb ? 'rdb' : aof ? 'aof' : 'nothing';
  if (confValue(config, 'appendonly') === 'yes') return aof ? 'aof' : 'nothing';
  return rdb ? 'rdb' : 'nothing';
}

function completeness(loads: DiskCopy['loads'], end: ObservedNode['end']): boolean | null {
  if (end === null || loads === 'nothing') return null;
  if (loads === 'aof') return end.aof;
  return end.graceful ? end.saved === true : false;
}

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

export function diskText({ rdb, aof, strange }: DiskFacts): string {
  const parts = [];
  if (rdb) {
    const keys = rdb.keys === null ? [] : [plural(rdb.keys, 'key')];
    const place = rdb.origin ? [placeText(rdb.origin)] : [];
    const when = timeOf(rdb.createdMs ?? rdb.modifiedMs);
    parts.push([`RDB of ${when}`, ...keys, ...place].join(', '));
  }
  if (aof) parts.push(`AOF last written ${timeOf(aof.modifiedMs)}`);
  if (strange) parts.push(strange);
  return parts.join('; ') || 'no data';
}

export const placeText = ({ id, offset }: RdbOrigin): string =>
  `offset ${count(offset)} of ${shortIds(id)}`;

/** How a copy stands to another one: what the other has beyond it, it lacks. */
export type Relation = 'behind' | 'equal' | 'ahead' | 'unknown';

/** Clocks are the engine's own, but files name whole seconds. */
const APART_MS = 1000;

/** Offsets tell under one id; else the time at which they were written, if that is clearly another. */
export function relation(one: DiskCopy, other: DiskCopy): Relation {
  if (one.empty || other.empty) return one.empty ? (other.empty ? 'equal' : 'behind') : 'ahead';
  if (one.at !== null && other.at !== null && one.at.id === other.at.id) {
    const apart = one.at.offset - other.at.offset;
    return apart === 0 ? 'equal' : apart < 0 ? 'behind' : 'ahead';
  }
  const apartMs = (one.asOfMs ?? 0) - (other.asOfMs ?? 0);
  if (Math.abs(apartMs) <= APART_MS) return 'unknown';
  return apartMs < 0 ? 'behind' : 'ahead';
}

/**
 * It would load its AOF, and its RDB is newer: the AOF was turned off by hand, or nothing was
 * written between them. Nothing tells which, unless its log says that the AOF was on in the end.
 */
export function loadsOlder(node: ObservedNode): boolean {
  const { rdb, aof } = node.disk ?? {};
  if (!rdb || !aof || rdb.keys === 0 || node.end?.aof === true) return false;
  return diskCopy(node)?.loads === 'aof' && rdb.modifiedMs > aof.modifiedMs + APART_MS;
}

export type Living = ObservedNode & { readonly server: ObservedServer };

export const answers = (node: ObservedNode): node is Living => node.server !== null;

/** A stream has a place in it, or in the stream that it was promoted from. */
export function holdsPlace(
  { id, offset, secondId, secondOffset }: ReplicationInfo,
  place: { readonly id: string; readonly offset: number },
): boolean {
  if (place.id === id) return place.offset <= offset;
  return place.id === secondId && place.offset < (secondOffset ?? 0);
}

/** A replica whose stream another one has, under the same id or the one before: no more is lost with it. */
export function isPartOf({ server: { replication: part } }: Living, { server }: Living): boolean {
  const { replication: whole } = server;
  return part.id !== whole.id && holdsPlace(whole, part);
}

/** Whether a master that is down is known to have all that these replicas have. */
export function hasAllOf(lost: ObservedNode, copy: DiskCopy, heads: readonly Living[]): boolean {
  const ids = new Set(heads.map(({ server }) => server.replication.id));
  const furthest = Math.max(...heads.map(({ server }) => server.replication.offset));
  if (ids.size !== 1 || copy.loads === 'nothing') return false;
  if (copy.at !== null) return ids.has(copy.at.id) && copy.at.offset >= furthest;
  if (copy.loads !== 'aof' || lost.aofHolds === 'lacks') return false;
  if (lost.aofHolds === 'holds') return true;
  return copy.complete === true && heads.every(({ upstream }) => upstream === lost.name);
}
