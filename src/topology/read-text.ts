import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Problem } from '../errors.js';
import type { TextFile } from './layers.js';

/** Nobody's configuration is larger: 1 MiB. */
const MAX_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'this is a folder, not a file',
  EACCES: "you aren't allowed to read this file",
};

export interface ReadText {
  /** Null if it couldn't be read. */
  readonly file: TextFile | null;
  readonly problems: readonly Problem[];
}

/** Reads UTF-8 text from a file or pipe, never more than 1 MiB. `name` is the path as typed. */
export async function readText(name: string, cwd: string): Promise<ReadText> {
  const failed = (message: string) => ({ file: null, problems: [{ source: name, message }] });
  try {
    const bytes = await readStart(resolve(cwd, name));
    if (bytes.length > MAX_BYTES) return failed('the file is larger than 1 MiB');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { file: { name, text }, problems: [] };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return failed('the file must be UTF-8 text');
    return failed(REASONS[code] ?? `the file can't be read: ${message}`);
  }
}

/** One byte more than is allowed tells a file that is too large. */
async function readStart(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: MAX_BYTES })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
