import { posix } from 'node:path';
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
