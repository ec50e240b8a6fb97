/**
 * Bundles src/ into dist/, so that a command starts quickly: one file to read
 * instead of several hundred, and every lazy `import()` a chunk of its own.
 *
 * The old dist/ is replaced only once the new one is complete: a mistake in src/
 * leaves a working build behind.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const outdir = join(root, 'dist');

const result = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts', 'src/index.ts'],
  outdir,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  // Not minified: it gains no measurable time, and an uncaught error would print
  // the whole bundle as its one line of source.
  // Some dependencies are CommonJS, and ask for Node's own modules with `require`.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
  write: false,
}).catch(() => process.exit(1)); // esbuild has already said what is wrong

await rm(outdir, { recursive: true, force: true });
for (const file of result.outputFiles) {
  await mkdir(dirname(file.path), { recursive: true });
  await writeFile(file.path, file.contents);
}
