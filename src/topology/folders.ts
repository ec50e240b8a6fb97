/** Folders under `dir`: whether they can be, said before anything is made, and making them. */

import { constants } from 'node:fs';
import { access, lstat, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidError, type Place, wrongWords } from '../errors.js';

const IS_FILE = 'it is a file, not a folder';

const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'it leads through a file',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'this is too long for a path',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'your disk quota is used up',
};

/** Kernel interfaces that look like files, by the magic numbers of linux/magic.h: proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, devpts. */
const NO_DISKS: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0x1cd1,
]);

const CODES_OF_PATHS = /^(ENOTDIR|ELOOP|ENAMETOOLONG)$/;

/**
 * Rejects with `InvalidError` if there is something at this path that is no folder.
 * @param place the input that names it; null if a file or a variable does
 */
export async function refuseNoFolder(path: string, place: Place | null = null): Promise<void> {
  await checkFolder(path).catch((error: InvalidError) => {
    if (place === null) throw error;
    throw wrongWords([{ ...place, message: error.message }], { cause: error });
  });
}

async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (CODES_OF_PATHS.test(error.code ?? '')) throw unusable(path, error);
    return null;
  });
  if (found?.isDirectory() === false) throw unusable(path, new Error(IS_FILE));
}

/** Why this folder can't be made; null if it can. Makes nothing. */
export async function whyUnmakeable(path: string): Promise<InvalidError | null> {
  try {
    const parent = await nearestFolder(dirname(path));
    await access(parent, constants.W_OK | constants.X_OK);
    const { type, blocks, bavail, files, ffree } = await statfs(parent);
    if (NO_DISKS.has(type)) throw new Error(`${parent} is no place on a disk`);
    const isFull = (blocks > 0 && bavail === 0) || (files > 0 && ffree === 0);
    if (isFull) throw new Error(REASONS.ENOSPC);
    return null;
  } catch (error) {
    return unusable(path, error);
  }
}

/** The path itself if it is there, or the nearest of its parents that is. */
async function nearestFolder(path: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return path;
  } catch (error) {
    if (!isMissing(error)) throw error;
    const link = await lstat(path).catch(() => null);
    if (link === null) return nearestFolder(dirname(path));
    throw new Error(`${path} is a symbolic link to nothing`);
  }
  throw new Error(REASONS.ENOTDIR);
}

/**
 * Makes a folder and what is missing of its parents; one that is there is well. Rejects with
 * `InvalidError` if it can't be made. Node's own recursive `mkdir` tries for ever under /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeMissing(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

async function makeMissing(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch(async (error) => {
      const isThere = error.code === 'EEXIST' && (await stat(path)).isDirectory();
      if (!isThere) throw error;
    });
  try {
    await make();
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeMissing(dirname(path));
    await make();
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

function unusable(path: string, error: unknown): InvalidError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new InvalidError(
    `dir ${path} can't hold configuration and data: ${REASONS[code] ?? message}`,
    { about: { code: 'unusable-folder', path }, cause: error },
  );
}
