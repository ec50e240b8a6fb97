/** Reads the end of an AOF as commands. */
import type { AofFacts } from '../psync/disk.js';
import { alignedWithin, type Command, parseCommands } from './commands.js';
import type { Past } from './holds.js';

/** An AOF and the folder in which it lies. */
export interface AofAt {
  readonly aof: Pick<AofFacts, 'files' | 'bytes' | 'beganEmpty'>;
  readonly files: {
    stat(path: string): Promise<{ readonly bytes: number } | null>;
    tail(path: string, bytes: number): Promise<Buffer | null>;
  };
}

/** @param most at most so many bytes of it, the last ones. */
export async function readPast({ aof, files }: AofAt, most: number): Promise<Past> {
  const commands: Command[] = [];
  let left = most;
  let whole = true;
  for (const path of aof.files.filter(isAppended).toReversed()) {
    const size = (await files.stat(path))?.bytes ?? 0;
    const data = left > 0 ? await files.tail(path, Math.min(left, size)) : null;
    whole &&= data !== null && data.length === size;
    if (data === null) break;
    commands.unshift(...(whole && isCommands(data) ? parseCommands(data).commands : aligned(data)));
    left -= data.length;
  }
  return { commands, fromStart: aof.beganEmpty && whole };
}

/** The base of an AOF from 7.0 on is an RDB that no command follows. */
const isAppended = (path: string): boolean => !path.endsWith('.base.rdb');

const isCommands = (data: Buffer): boolean => data[0] === 0x2a || data[0] === 0x23;

const aligned = (data: Buffer): readonly Command[] => alignedWithin(data) ?? [];
