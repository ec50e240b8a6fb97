import { constants, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { shippedFile } from '../../topology/shipped.js';

const FILE = 'rrepl.yaml';

export async function initCommand(context: Context): Promise<number> {
  try {
    await copyFile(
      shippedFile('templates/rrepl.yaml'),
      join(context.cwd, FILE),
      constants.COPYFILE_EXCL,
    );
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'it exists already' : message;
    throw new UsageError(`${FILE} was not written: ${reason}`, { cause: error });
  }
  context.stderr.write(`wrote ${FILE}; \`rrepl plan\` shows what it makes\n`);
  return 0;
}
