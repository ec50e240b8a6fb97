/** What lies on a node's disk, as far as it can be told without a server. Pure. */
import { confValue } from '../config/conf-file.js';
import { QuotingError, splitArgs } from '../config/quoting.js';
import type { Software } from '../redis/rdb-format.js';
import type { RdbHeader } from './rdb-header.js';

/** What its beginning says, and what the file system says of it. */
export interface RdbFacts extends RdbHeader {
  /** Within the data folder. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

export interface AofFacts {
  /** Within the data folder: the file, from 7.0 on the folder. */
  readonly path: string;
  /** Its files in the order in which a server loads them, within the data folder. */
  readonly files: readonly string[];
  /** Of all its files. */
  readonly bytes: number;
  /** The latest write to any of its files, in milliseconds since the epoch. */
  readonly modifiedMs: number;
  /** Of the RDB that it begins with; null if it begins with none. */
  readonly format: number | null;
  readonly writer: Software | null;
  /** Holds every command since its server had no data: nothing has been rewritten into its base. */
  readonly beganEmpty: boolean;
}

export interface DiskFacts {
  readonly rdb: RdbFacts | null;
  readonly aof: AofFacts | null;
  /** What stands where one of them should be and is none, in words. */
  readonly strange: string | null;
}

/** How the files of a data folder are called. */
export interface DataNames {
  readonly rdb: string;
  /** The one file of an AOF before 7.0; from then on, what its files begin with. */
  readonly aof: string;
  readonly aofFolder: string;
}

/** @param config the text of redis.conf; null if it isn't known */
export function dataNames(config: string | null): DataNames {
  const named = (directive: string, usual: string) =>
    (config !== null && confValue(config, directive)) || usual;
  return {
    rdb: named('dbfilename', 'dump.rdb'),
    aof: named('appendfilename', 'appendonly.aof'),
    aofFolder: named('appenddirname', 'appendonlydir'),
  };
}

/**
 * The files of an AOF that its manifest names, in the order in which they are loaded: the base,
 * then what was appended since. Those that only wait for their removal (`type h`) don't count.
 * Null if this is no manifest (`aofLoadManifestFromFile`, src/aof.c).
 */
export function parseManifest(text: string): string[] | null {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const files = lines.map(parseLine);
  if (files.some((file) => file === null)) return null;
  const named = files.filter((file) => file !== null);
  const ofType = (type: string) => named.filter((file) => file.type === type);
  return [...ofType('b'), ...ofType('i')].map(({ name }) => name);
}

function parseLine(line: string): { name: string; type: string } | null {
  const words = wordsOf(line);
  const fields = new Map(
    words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : [])),
  );
  const [name = '', type = ''] = [fields.get('file'), fields.get('type')];
  return name === '' || name.includes('/') || !/^[bhi]$/.test(type) ? null : { name, type };
}

function wordsOf(line: string): string[] {
  try {
    return splitArgs(line);
  } catch (error) {
    if (error instanceof QuotingError) return [];
    throw error;
  }
}

/** What the beginning of an AOF may be: a command, a comment with a time (7.0), or an RDB. */
export const startsCommands = (head: Buffer): boolean => head[0] === 0x2a || head[0] === 0x23;

/** Whether no data stand before what was appended. */
export function beginsEmpty(first: string, header: RdbHeader | null, bytes: number): boolean {
  if (!/\.base\.(?:rdb|aof)$/.test(first)) return header === null;
  const isFirst = /\.1\.base\.(?:rdb|aof)$/.test(first);
  return isFirst && (header === null ? bytes === 0 : header.keys === 0);
}
