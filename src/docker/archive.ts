import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import tar from 'tar-stream';
import type { FileEntry } from './runtime.js';

/**
 * Where to unpack the entries, and what they are called from there. The engine passes
 * over an archive's entry for the folder it is unpacked into (moby, `pkg/archive`, Unpack),
 * so that folder's own owner and mode have to be told from the folder above.
 */
export function rooted(folder: string, files: readonly FileEntry[]) {
  if (!files.some(({ path }) => path === '.')) return { path: folder, entries: files };
  const name = posix.basename(folder);
  const entries = files.map((file) => ({ ...file, path: posix.join(name, file.path) }));
  return { path: posix.dirname(folder), entries };
}

/** A tar archive of the entries, in their order. */
export function packFiles(files: readonly FileEntry[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const { path, content, mode, uid, gid } of files) {
    const type = content === null ? 'directory' : 'file';
    pack.entry({ name: path, type, mode, uid, gid }, content ?? '');
  }
  pack.finalize();
  return buffer(pack);
}

/** The text of a tar archive's first entry; null if that is no file. */
export async function unpackFile(archive: AsyncIterable<Buffer>): Promise<string | null> {
  const extract = tar.extract();
  extract.end(await buffer(archive));
  for await (const entry of extract) {
    return entry.header.type === 'file' ? await text(entry) : null;
  }
  return null;
}

/** The texts of the files that stand at the top of a tar archive, by their names. */
export async function unpackFolder(
  archive: AsyncIterable<Buffer>,
): Promise<ReadonlyMap<string, string>> {
  const extract = tar.extract();
  extract.end(await buffer(archive));
  const files = new Map<string, string>();
  for await (const entry of extract) {
    const { type } = entry.header;
    const name = posix.normalize(entry.header.name);
    if (type === 'file' && !name.includes('/')) files.set(name, await text(entry));
    else entry.resume();
  }
  return files;
}

/**
 * The first or last bytes of a tar archive's first entry; null if that is no file. Of the rest,
 * the beginning asks for nothing more, and the end keeps nothing.
 */
export async function unpackPart(
  archive: Readable,
  bytes: number,
  end: 'head' | 'tail',
): Promise<Buffer | null> {
  const extract = tar.extract();
  archive.on('error', (error) => extract.destroy(error));
  archive.on('close', () => {
    if (!archive.readableEnded) extract.destroy(new Error('the archive was cut short'));
  });
  archive.pipe(extract as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of extract) {
      if (entry.header.type !== 'file') return null;
      const file = entry as AsyncIterable<Buffer>;
      return await (end === 'head' ? takeHead(file, bytes) : takeTail(file, bytes));
    }
    return null;
  } finally {
    archive.destroy();
  }
}

async function takeHead(file: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let taken = 0;
  for await (const chunk of file) {
    chunks.push(chunk);
    taken += chunk.length;
    if (taken >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

async function takeTail(file: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let held = 0;
  for await (const chunk of file) {
    chunks.push(chunk);
    held += chunk.length;
    for (let [first] = chunks; first && held - first.length >= bytes; [first] = chunks) {
      held -= first.length;
      chunks.shift();
    }
  }
  const rest = Buffer.concat(chunks);
  return rest.subarray(Math.max(0, rest.length - bytes));
}
