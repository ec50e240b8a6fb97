/** Reads what lies on a node's disk, whether its server runs or not, without starting it. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DATA_FOLDER } from '../docker/names.js';
import type { FileStat, Runtime } from '../docker/runtime.js';
import { InvalidError } from '../errors.js';
import {
  type AofFacts,
  beginsEmpty,
  type DataNames,
  type DiskFacts,
  dataNames,
  parseManifest,
  startsCommands,
} from '../psync/disk.js';
import { parseRdbHeader, type RdbHeader } from '../psync/rdb-header.js';

/** The files of a data folder, by their paths within it. Null is what isn't there. */
export interface DataFiles {
  stat(path: string): Promise<FileStat | null>;
  /** The first so many bytes, or all that there are. */
  head(path: string, bytes: number): Promise<Buffer | null>;
  /** The last so many. */
  tail(path: string, bytes: number): Promise<Buffer | null>;
}

/** Of a container, running or not. */
export function filesOfContainer(runtime: Runtime, container: string): DataFiles {
  const inside = (path: string) => `${DATA_FOLDER}/${path}`;
  return {
    stat: (path) => runtime.statFile(container, inside(path)),
    head: (path, bytes) => runtime.readHead(container, inside(path), bytes),
    tail: (path, bytes) => runtime.readTail(container, inside(path), bytes),
  };
}

/** Of a folder on this host. Rejects with `InvalidError` where it may not be read. */
export function filesOfFolder(folder: string): DataFiles {
  return {
    stat: (path) => attempt(join(folder, path), statHere),
    head: (path, bytes) => attempt(join(folder, path), (at) => readHere(at, bytes, 'head')),
    tail: (path, bytes) => attempt(join(folder, path), (at) => readHere(at, bytes, 'tail')),
  };
}

async function attempt<T>(path: string, look: (path: string) => Promise<T>): Promise<T | null> {
  try {
    return await look(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === undefined) throw error;
    throw new InvalidError(`cannot read ${path}, where a node's data lie: ${message}`, {
      about: { code: 'unreadable-data', path },
      cause: error,
    });
  }
}

async function statHere(path: string): Promise<FileStat> {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) {
    throw new InvalidError(`${path} is neither a file nor a folder`, {
      about: { code: 'no-file', path },
    });
  }
  return {
    bytes: found.size,
    modifiedMs: Math.trunc(found.mtimeMs),
    isFolder: found.isDirectory(),
  };
}

async function readHere(path: string, bytes: number, end: 'head' | 'tail') {
  const found = await statHere(path);
  if (found.isFolder) return null;
  const file = await open(path);
  try {
    const length = Math.min(bytes, found.bytes);
    const position = end === 'head' ? 0 : found.bytes - length;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The auxiliary fields, and function libraries of a usual size before the keys. */
const HEAD_BYTES = 64 * 1024;
/** A line a file, and few files wait to be merged. */
const MANIFEST_BYTES = 1024 * 1024;

/** @param config the text of redis.conf, which names the files; null if it isn't known */
export async function readDisk(files: DataFiles, config: string | null): Promise<DiskFacts> {
  const names = dataNames(config);
  const [rdb, aof] = await Promise.all([readRdb(files, names.rdb), readAof(files, names)]);
  const strange = [rdb, aof].filter((found) => typeof found === 'string').join('; ');
  return {
    rdb: typeof rdb === 'string' ? null : rdb,
    aof: typeof aof === 'string' ? null : aof,
    strange: strange || null,
  };
}

/** What it is, null if it isn't there, or what is strange about it. */
async function readRdb(files: DataFiles, path: string) {
  const found = await files.stat(path);
  if (found === null) return null;
  if (found.isFolder) return `${path} is a folder`;
  const header = parseRdbHeader((await files.head(path, HEAD_BYTES)) ?? Buffer.alloc(0));
  if (header === null) return `${path} (${found.bytes} bytes) is no RDB file`;
  return { path, bytes: found.bytes, modifiedMs: found.modifiedMs, ...header };
}

/** From 7.0 on a folder with a manifest; while that names nothing, the one file of older servers. */
async function readAof(files: DataFiles, names: DataNames): Promise<AofFacts | string | null> {
  const manifest = `${names.aofFolder}/${names.aof}.manifest`;
  const text = await files.head(manifest, MANIFEST_BYTES);
  const parts = text === null ? [] : parseManifest(text.toString('utf8'));
  if (parts === null) return `${manifest} is no manifest of an AOF`;
  if (parts.length > 0) {
    const paths = parts.map((part) => `${names.aofFolder}/${part}`);
    return readParts(files, names.aofFolder, paths);
  }
  const single = await files.stat(names.aof);
  return single && readParts(files, names.aof, [names.aof]);
}

async function readParts(files: DataFiles, path: string, parts: readonly string[]) {
  const stats = await Promise.all(parts.map((part) => files.stat(part)));
  const there = stats.filter((found) => found !== null);
  const missing = parts.filter((_, index) => stats[index] === null);
  if (missing.length > 0)
    return `${missing.join(', ')}, which the manifest of the AOF names, is missing`;
  const folders = parts.filter((_, index) => stats[index]?.isFolder);
  if (folders.length > 0) return `${folders.join(', ')} is a folder`;
  const first = parts[0] ?? path;
  const header = await readBeginning(files, first);
  if (typeof header === 'string') return header;
  return {
    path,
    files: parts,
    bytes: there.reduce((sum, { bytes }) => sum + bytes, 0),
    modifiedMs: Math.max(...there.map(({ modifiedMs }) => modifiedMs)),
    format: header?.format ?? null,
    writer: header?.writer ?? null,
    beganEmpty: beginsEmpty(first, header, stats[0]?.bytes ?? 0),
  };
}

/** The header of the RDB that an AOF begins with; null if it begins with commands, or is empty. */
async function readBeginning(files: DataFiles, path: string): Promise<RdbHeader | string | null> {
  const head = (await files.head(path, HEAD_BYTES)) ?? Buffer.alloc(0);
  const header = parseRdbHeader(head);
  if (header !== null || head.length === 0 || startsCommands(head)) return header;
  return `${path} is no AOF`;
}
