import { constants, createWriteStream, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../context.js';
import { UsageError } from '../errors.js';
import { hinted } from './hints/own.js';

/** Before the work that is to be reported: a mistyped path must not cost a drill. Makes nothing. */
export async function refuseUnwritable({ cwd }: Context, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const path = resolve(cwd, file);
    try {
      const found = await statOrNull(path);
      if (found?.isDirectory()) throw new Error('it is a folder');
      if (found === null && !(await statOrNull(dirname(path)))?.isDirectory()) {
        throw new Error('there is no such folder');
      }
      await access(found === null ? dirname(path) : path, constants.W_OK);
    } catch (error) {
      throw unwritable(file, error);
    }
  }
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Writes the chunks one after the other, so a long report never stands in memory as a whole. */
export async function writeReport(
  { cwd }: Context,
  file: string,
  chunks: Iterable<string>,
): Promise<void> {
  try {
    await pipeline(Readable.from(chunks), createWriteStream(resolve(cwd, file)));
  } catch (error) {
    throw unwritable(file, error);
  }
}

const unwritable = (file: string, error: unknown): UsageError =>
  hinted(
    new UsageError(`the report ${file} can't be written: ${(error as Error).message}`, {
      cause: error,
    }),
    'give --report FORMAT=FILE, a file in a folder that exists',
  );
