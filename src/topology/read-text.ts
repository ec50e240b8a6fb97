import { constants, type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../errors.js';
import type { TextFile } from './layers.js';

/** Room for a redis.conf with all its comments, ten times over. */
const MAX_KIB = 1024;

/** A file is there at once; a pipe may have to be filled first. */
const PIPE_MS = 3000;
const POLL_MS = 20;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'this is a folder, not a file',
  EACCES: "you aren't allowed to read this file",
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'this is too long for a path',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'the file must be UTF-8 text',
};

export interface ReadText {
  /** Null if it couldn't be read. */
  readonly file: TextFile | null;
  readonly problems: readonly Problem[];
}

/** Reads UTF-8 text from a file or pipe, never more than `maxKib`. `name` is the path as typed. */
export async function readText(name: string, cwd: string, maxKib = MAX_KIB): Promise<ReadText> {
  const failed = (message: string) => ({ file: null, problems: [{ source: name, message }] });
  try {
    // One byte more than is allowed tells a file that is too large.
    const bytes = await readStart(resolve(cwd, name), maxKib * 1024 + 1);
    if (bytes.length > maxKib * 1024) return failed(`the file is larger than ${maxKib} KiB`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { file: { name, text }, problems: [] };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return failed(REASONS[code] ?? `the file can't be read: ${message}`);
  }
}

async function readStart(path: string, most: number): Promise<Buffer> {
  // Without O_NONBLOCK, opening a pipe that nobody writes to holds the process, even against Ctrl-C.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const isPipe = (await file.stat()).isFIFO();
    const bytes = Buffer.alloc(most);
    let length = 0;
    let count: number;
    do {
      // A pipe whose writer is yet to come looks as if it had ended.
      count = await readSome(file, bytes.subarray(length), isPipe && length === 0);
      length += count;
    } while (count > 0 && length < most);
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** What is there, waiting for it a while; 0 at the end, unless there must be `more`. */
async function readSome(file: FileHandle, bytes: Buffer, more: boolean): Promise<number> {
  const until = performance.now() + PIPE_MS;
  do {
    const count = await readNow(file, bytes);
    if (count !== null && (count > 0 || !more)) return count;
    await sleep(POLL_MS);
  } while (performance.now() < until);
  throw new Error(`nothing came through this pipe for ${PIPE_MS / 1000} s`);
}

/** Null while a pipe is empty. */
async function readNow(file: FileHandle, bytes: Buffer): Promise<number | null> {
  try {
    return (await file.read(bytes)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}
