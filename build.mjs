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

/**
 * dockerode loads these for BuildKit sessions only. rrepl never builds an image,
 * and loading them takes longer than all the rest of dockerode.
 */
const never = {
  packages: /^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)$/,
  contents: (name) => `
    module.exports = new Proxy({}, {
      get(_, key) {
        // Asked while modules are wired up, by the bundler's own helpers and by consoles.
        if (key === '__esModule' || key === 'then' || typeof key === 'symbol') return undefined;
        throw new Error(${JSON.stringify(`${name} is not part of rrepl's build: it never opens a BuildKit session`)});
      },
    });`,
};

/**
 * docker-modem needs ssh2 for ssh:// endpoints only. It can't be bundled (native
 * parts), so it is loaded from where docker-modem would find it, when it is used.
 */
const onFirstUse = {
  packages: /^ssh2$/,
  contents: () => `
    import { createRequire } from 'node:module';
    export function Client(...args) {
      const fromHere = createRequire(import.meta.url);
      const fromDockerode = createRequire(fromHere.resolve('dockerode'));
      const fromModem = createRequire(fromDockerode.resolve('docker-modem'));
      return new (fromModem('ssh2').Client)(...args);
    }`,
};

function replace(name, { packages, contents }) {
  return {
    name,
    setup(bundler) {
      bundler.onResolve({ filter: packages }, ({ path }) => ({ path, namespace: name }));
      bundler.onLoad({ filter: /.*/, namespace: name }, ({ path }) => ({
        contents: contents(path),
        loader: 'js',
      }));
    },
  };
}

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
  plugins: [replace('never', never), replace('on-first-use', onFirstUse)],
  logLevel: 'warning',
  write: false,
}).catch(() => process.exit(1)); // esbuild has already said what is wrong

await rm(outdir, { recursive: true, force: true });
for (const file of result.outputFiles) {
  await mkdir(dirname(file.path), { recursive: true });
  await writeFile(file.path, file.contents);
}
