/** What was salvaged, as files in a folder on this host. */
import { access, constants, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidError } from '../errors.js';
import { type Salvage, salvageCommands, salvageText } from '../stream/salvage-file.js';

/** Of the writes for `redis-cli --pipe`, and of all that is known of them. */
export const SALVAGE_FILES = { resp: 'salvage.resp', json: 'salvage.jsonl' } as const;

/**
 * Makes the folder if it isn't there. Rejects with `InvalidError` if it can't be written to, or holds what
 * was salvaged before.
 */
export const prepareFolder = (folder: string): Promise<void> =>
  writing(folder, async () => {
    // Values may be secret.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    const file = join(folder, SALVAGE_FILES.json);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) throw new Error('it holds a salvage.jsonl already, which is not overwritten');
  });

/** Each file is there as a whole or not at all. */
export async function writeSalvage(found: Salvage, folder: string): Promise<void> {
  await prepareFolder(folder);
  const write = async (name: string, content: Iterable<string | Buffer>) => {
    const part = join(folder, `.${name}`);
    await writeFile(part, inPieces(content), { mode: 0o600 });
    await rename(part, join(folder, name));
  };
  await writing(folder, async () => {
    await write(SALVAGE_FILES.resp, salvageCommands(found.lines));
    await write(SALVAGE_FILES.json, salvageText(found));
  });
}

const PIECE_BYTES = 1024 * 1024;

/** Each is written by a call of its own: so there are few, and in memory is never more than one. */
function* inPieces(content: Iterable<string | Buffer>): Generator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const item of content) {
    const part = Buffer.from(item);
    parts.push(part);
    bytes += part.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(parts);
    [parts, bytes] = [[], 0];
  }
  yield Buffer.concat(parts);
}

async function writing(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidError(`nothing can be salvaged into ${folder}: ${reason}`, { cause });
  }
}
