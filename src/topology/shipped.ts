import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Templates {
  /** Of redis.conf. */
  readonly template: string;
  readonly sentinelTemplate: string;
}

export async function readTemplates(): Promise<Templates> {
  const [template, sentinelTemplate] = await Promise.all(
    ['templates/redis.conf', 'templates/sentinel.conf'].map((it) =>
      readFile(shippedFile(it), 'utf8'),
    ),
  );
  return { template: template ?? '', sentinelTemplate: sentinelTemplate ?? '' };
}

/**
 * Absolute path of a file that the package ships, like `templates/redis.conf`. Found
 * from the package's root, because this code runs from src/ as well as bundled from dist/.
 */
export function shippedFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return join(folder, path);
}
