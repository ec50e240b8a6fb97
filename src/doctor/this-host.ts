/** The little that the doctor looks at on the machine it runs on. */
import { readFile, statfs } from 'node:fs/promises';
import { release } from 'node:os';

export interface ThisHost {
  readonly kernel: string;
  /** Null if it can't be read. */
  read(path: string): Promise<string | null>;
  /** Bytes that are free where this folder is; null if that can't be told. */
  freeBytes(folder: string): Promise<number | null>;
}

export const thisHost: ThisHost = {
  kernel: release(),
  read: (path) => readFile(path, 'utf8').catch(() => null),
  freeBytes: async (folder) => {
    const stats = await statfs(folder).catch(() => null);
    return stats && stats.bavail * stats.bsize;
  },
};
