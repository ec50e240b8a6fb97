import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../context.js';
import { UsageError } from '../errors.js';

/** Writes the chunks one after the other, so a long report never stands in memory as a whole. */
export async function writeReport(
  { cwd }: Context,
  file: string,
  chunks: Iterable<string>,
): Promise<void> {
  try {
    await pipeline(Readable.from(chunks), createWriteStream(resolve(cwd, file)));
  } catch (error) {
    throw new UsageError(`the report could not be written: ${(error as Error).message}`, {
      hint: 'give --report FORMAT=FILE in a folder that exists',
    });
  }
}
