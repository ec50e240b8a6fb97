/** What the documents show is what is printed. How they are marked: test/support/examples.ts. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { differenceOf, readExamples } from '../support/examples.js';
import { BIN, run } from '../support/rrepl.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
].filter((path) => path.endsWith('.md'));
const DOCUMENTS = PAGES.filter((path) => examplesOf(path).examples.length > 0);
/** Of all pages: one may use what another shows. */
const FILES = new Map(PAGES.flatMap((path) => [...examplesOf(path).files]));

/** Documents with many drills take their time on a small machine. */
const DOCUMENT_MS = 600_000;
const COMMAND_MS = 240_000;

function examplesOf(path: string) {
  return readExamples(readFileSync(join(ROOT, path), 'utf8'));
}

/** A folder with the files that the documents show, `rrepl` to import, and `rrepl` to call beside it. */
function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'rrepl-docs-'));
  const [cwd, bin] = [join(folder, 'cwd'), join(folder, 'bin')];
  for (const made of [cwd, bin]) mkdirSync(made);
  for (const [name, text] of FILES) writeFileSync(join(cwd, name), text);
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(ROOT, join(cwd, 'node_modules', 'rrepl'));
  writeFileSync(join(bin, 'rrepl'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(join(bin, 'rrepl'), 0o755);
  return { folder, cwd, PATH: `${bin}${delimiter}${process.env.PATH}` };
}

test.for(DOCUMENTS)('%s', { timeout: DOCUMENT_MS }, async (path) => {
  const { examples } = examplesOf(path);
  const { folder, cwd, PATH } = newFolder();
  // Names of its own on the engine, and in what is compared those that the document has.
  const suffix = `-${randomBytes(4).toString('hex')}`;
  const names = new Set([`default${suffix}`]);
  const env = { PATH, RREPL_NAME: `default${suffix}`, RREPL_IMAGE: undefined };
  const differences: string[] = [];
  try {
    for (const { line, command, expected } of examples) {
      const renamed = command.replaceAll(/--name ([a-z][a-z0-9-]*)/g, (_, name) => {
        names.add(`${name}${suffix}`);
        return `--name ${name}${suffix}`;
      });
      const result = await run(['-c', renamed], {
        program: ['sh'],
        cwd,
        env,
        timeoutMs: COMMAND_MS,
      });
      const stdout = result.stdout.replaceAll(suffix, '');
      const stderr = result.stderr.replaceAll(suffix, '');
      const difference = differenceOf({ expected }, { stdout, stderr });
      if (difference === null) continue;
      differences.push(
        `${path}:${line}: $ ${command}\n${difference}\n--- stdout\n${stdout}--- stderr\n${stderr}`,
      );
    }
  } finally {
    await Promise.all([...names].map((name) => run(['down', '--volumes', '--name', name])));
    await rm(folder, { recursive: true });
  }
  expect(differences.join('\n'), 'what the document shows is not what is printed').toBe('');
});
