/**
 * What INFO says, as typed facts. Pure. The fields are those of `genRedisInfoString` in
 * redis/src/server.c; one that a version does not know is null, never a guess.
 */

import type { Software } from './rdb-format.js';

export type Info = ReadonlyMap<string, string>;

/** Its version is the product's own: valkey also reports the Redis version it is compatible with. */
export interface ServerFacts extends Software {
  /** Another one with every start of the process. */
  readonly runId: string;
  readonly uptimeSeconds: number;
  /** Reading its data set from disk or from its master; most commands get LOADING. */
  readonly loading: boolean;
}

/** How often a replica of this server got its stream by which way, since the server's start. */
export interface SyncCounters {
  readonly full: number;
  readonly partialOk: number;
  /** Partial resyncs asked for and refused; each is also counted in `full` when it is served. */
  readonly partialErr: number;
}

export interface PersistenceFacts {
  readonly rdbLastSaveOk: boolean;
  readonly rdbSaving: boolean;
  /** Forks since the start, for RDB, AOF and diskless syncs alike; null before 6.2. */
  readonly forks: number | null;
  /** Changes that would be lost with the process if there is no AOF. */
  readonly rdbChangesSinceSave: number;
  readonly aofEnabled: boolean;
  /** Writes a whole AOF, or is about to. */
  readonly aofRewriting: boolean;
  readonly aofLastWriteOk: boolean;
  readonly aofLastRewriteOk: boolean;
}

export interface KeyspaceFacts {
  /** Counts logically expired keys too, until they are deleted. */
  readonly keys: number;
  readonly withExpiry: number;
  /** Hashes with fields that expire: redis since 7.4, valkey since 9.0; null if it isn't told. */
  readonly withFieldExpiry: number | null;
}

export function parseInfo(text: string): Info {
  const info = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) info.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return info;
}

export function parseServer(info: Info): ServerFacts {
  const valkey = info.get('valkey_version');
  return {
    product: valkey === undefined ? 'redis' : 'valkey',
    version: valkey ?? textField(info, 'redis_version'),
    runId: textField(info, 'run_id'),
    uptimeSeconds: numberField(info, 'uptime_in_seconds'),
    loading: info.get('loading') === '1',
  };
}

export function parseSyncCounters(info: Info): SyncCounters {
  return {
    full: numberField(info, 'sync_full'),
    partialOk: numberField(info, 'sync_partial_ok'),
    partialErr: numberField(info, 'sync_partial_err'),
  };
}

export function parsePersistence(info: Info): PersistenceFacts {
  return {
    rdbLastSaveOk: info.get('rdb_last_bgsave_status') === 'ok',
    rdbSaving: info.get('rdb_bgsave_in_progress') === '1',
    forks: optionalNumber(info, 'total_forks'),
    rdbChangesSinceSave: numberField(info, 'rdb_changes_since_last_save'),
    aofEnabled: info.get('aof_enabled') === '1',
    aofRewriting: ['aof_rewrite_in_progress', 'aof_rewrite_scheduled'].some(
      (field) => info.get(field) === '1',
    ),
    aofLastWriteOk: info.get('aof_last_write_status') === 'ok',
    aofLastRewriteOk: info.get('aof_last_bgrewrite_status') !== 'err',
  };
}

/** The databases that hold anything, in ascending order. */
export function parseKeyspace(info: Info): ReadonlyMap<number, KeyspaceFacts> {
  const databases = new Map<number, KeyspaceFacts>();
  for (const [name, value] of info) {
    const number = /^db(\d+)$/.exec(name)?.[1];
    if (number === undefined) continue;
    const fields = parsePairs(value);
    databases.set(Number(number), {
      keys: numberField(fields, 'keys'),
      withExpiry: numberField(fields, 'expires'),
      withFieldExpiry:
        optionalNumber(fields, 'subexpiry') ?? optionalNumber(fields, 'keys_with_volatile_items'),
    });
  }
  return databases;
}

/** In all databases together. */
export const keyCount = (databases: ReadonlyMap<number, { readonly keys: number }>): number =>
  [...databases.values()].reduce((sum, { keys }) => sum + keys, 0);

/** `ip=10.0.0.2,port=6379` */
export function parsePairs(value: string): Info {
  const pairs = value.split(',').map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return new Map(pairs);
}

/** Throws if the field isn't there: then this is no INFO of a Redis server. */
export function textField(info: Info, name: string): string {
  const value = info.get(name);
  if (value === undefined) throw new Error(`INFO lacks ${name}`);
  return value;
}

export function numberField(info: Info, name: string): number {
  return Number(textField(info, name));
}

export function optionalNumber(info: Info, name: string): number | null {
  const value = info.get(name);
  return value === undefined ? null : Number(value);
}
