/**
 * Makes dist/: src/ bundled, so that a command starts quickly (one file to read instead of
 * several hundred, and every lazy `import()` a chunk of its own), the library's types, and the
 * licences of what is bundled.
 *
 * The old dist/ is replaced only once the new one is complete: a mistake in src/
 * leaves a working build behind.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { rolldown } from 'rolldown';
import { lighter } from './lighter.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const outdir = join(root, 'dist');
/** For test runners: each is an entry point of the package, with its own types. */
const FIXTURES = ['vitest', 'jest', 'node-test'];

/** What programs neither have nor are given: where one of these is asked for, the asking is marked `@internal`. */
const INNER_NAMES = [
  ...[
    'Engine',
    'ConnectRedis',
    'Runtime',
    'LiveTopology',
    'LiveNode',
    'EngineTopology',
    'EngineNode',
  ],
  ...['ActStage', 'Timeline', 'Ledger', 'Prediction', 'Wish', 'Present', 'Action', 'ContainerSpec'],
  ...['Access', 'Secret'],
];
const INNER = new RegExp(`\\b(?:interface|class|type) (${INNER_NAMES.join('|')})(?:_\\d+)?\\b`);

/**
 * What is loaded together stands in one file, for Node takes longer to find a file than to read it: what every
 * command needs, what most need, as `status` does, the engine's client, Redis's, and what changes something, as `up`
 * does. Each apart from what the library needs of it, which has no command line.
 */
const LEVELS = {
  start: ['src/main.ts'],
  look: ['src/cli/commands/status.ts'],
  engine: ['src/docker/connect.ts', 'node_modules/dockerode/lib/docker.js'],
  redis: ['src/redis/ioredis-node.ts'],
  change: ['src/cli/commands/up.ts'],
};

function levelled() {
  let levels;
  const groupOf = (name) => ({
    debugName: name,
    name: (id, modules) => {
      levels ??= levelsOf((it) => modules.getModuleInfo(it)?.importedIds ?? []);
      return levels.get(id) === name ? name : null;
    },
  });
  // The first of them takes what it needs, whichever else needs it too.
  return { groups: Object.keys(LEVELS).flatMap((it) => [it, ofCli(it)].map(groupOf)) };
}

const ofCli = (level) => `${level}-cli`;

/** The name of the chunk of each module that stands in one of the levels: the first that needs it. */
function levelsOf(importsOf) {
  const loadedWith = (...entries) => {
    const loaded = new Set(entries.map((it) => join(root, it)));
    for (const id of loaded) for (const imported of importsOf(id)) loaded.add(imported);
    return loaded;
  };
  const library = loadedWith('src/index.ts', ...LEVELS.engine, ...LEVELS.redis);
  const levels = new Map();
  for (const [level, entries] of Object.entries(LEVELS)) {
    for (const id of loadedWith(...entries)) {
      if (!levels.has(id)) levels.set(id, library.has(id) ? level : ofCli(level));
    }
  }
  return levels;
}

async function bundle() {
  const bundle = await rolldown({
    cwd: root,
    input: {
      main: 'src/main.ts',
      index: 'src/index.ts',
      'tap-worker': 'src/stream/tap-worker.ts',
      reaper: 'src/fixtures/reaper.ts',
      ...Object.fromEntries(FIXTURES.map((it) => [`fixtures/${it}`, `src/fixtures/${it}.ts`])),
    },
    external: ['vitest'],
    platform: 'node',
    transform: { target: 'node20' },
    tsconfig: false,
    plugins: [lighter()],
    logLevel: 'warn',
    // What is loaded when it is needed is loaded already by a command that needs it anyway.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await bundle.generate({
    format: 'esm',
    // Beside the entry points: from wherever they are asked for, what runs by itself is `./tap-worker.js`, `./reaper.js`.
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: levelled(),
    // Not minified: it gains no measurable time, and an uncaught error would print
    // the whole bundle as its one line of source. So there is no need of source maps either.
    minify: false,
  });
  await bundle.close();
  return output;
}

/**
 * What src/index.ts exports, in one file: nothing else of src/ shows, and no types of the bundled
 * packages are needed.
 */
async function emitTypes(folder) {
  const all = join(folder, 'types');
  const args = ['--project', 'tsconfig.types.json', '--outDir', all];
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), args, { cwd: root });
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(root, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      newlineKind: 'lf',
      mainEntryPointFilePath: join(all, 'index.d.ts'),
      compiler: { overrideTsconfig: { compilerOptions, files: [join(all, 'index.d.ts')] } },
      dtsRollup: { enabled: true, untrimmedFilePath: join(folder, 'index.d.ts') },
      apiReport: { enabled: false },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
    },
  });
  // It warns of types that are used and not exported; it says that it reads with an older compiler.
  const quiet = (message) => {
    message.handled = message.logLevel !== 'error';
  };
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback: quiet });
  if (!succeeded) throw new Error('the types could not be put into one file');
  const types = await readFile(join(folder, 'index.d.ts'), 'utf8');
  const foreign = /^import .*'(?!node:)(.+)';$/m.exec(types)?.[1];
  if (foreign) throw new Error(`the library's types ask for ${foreign}, which users don't have`);
  const inner = INNER.exec(types)?.[1];
  if (inner) throw new Error(`the library's types show ${inner}, which no user has`);
  const flag = /^ *(?:\/\*)?\*.*?(--[a-z][\w-]*)/m.exec(types)?.[1];
  if (flag) throw new Error(`the library's types tell of ${flag}, which is the command line's`);
  // They name what index.d.ts has, and nothing else of ours.
  await mkdir(join(folder, 'fixtures'));
  for (const name of [...FIXTURES, 'lifetime']) {
    const file = `fixtures/${name}.d.ts`;
    await rename(join(all, file), join(folder, file));
  }
  await rm(all, { recursive: true });
}

/**
 * A class that index.ts exports as a type alone is none to programs: they are given objects of it, and the extractor
 * would let them import it.
 */
function withoutAbsentClasses(types, values) {
  const classes = [...types.matchAll(/^export declare (?:abstract )?class (\w+)/gm)].map(
    ([, name]) => name,
  );
  const absent = classes.filter((name) => !values.includes(name));
  const inner = absent.reduce(
    (text, name) => text.replace(`export declare class ${name} `, `declare class ${name} `),
    types,
  );
  return `${inner}export type { ${absent.join(', ')} };\n`;
}

/** The folders of the packages that are in the bundle. */
function bundledPackages(chunks) {
  const folders = chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .flatMap((id) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

async function licenceOf(folder) {
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const files = (await readdir(folder)).filter((file) =>
    /^(licen[cs]e|copying|notice)/i.test(file),
  );
  if (files.length === 0 && !license) throw new Error(`${name} says nothing of its licence`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join('\n\n');
}

async function thirdParty(chunks) {
  const licences = new Set(await Promise.all(bundledPackages(chunks).map(licenceOf)));
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${['dist/ holds code of these packages.', ...licences].join(rule)}\n`;
}

const fresh = await mkdtemp(join(root, '.dist-'));
try {
  const [chunks] = await Promise.all([bundle(), emitTypes(fresh)]);
  for (const { fileName, code } of chunks) {
    const path = join(fresh, fileName);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }
  const index = join(fresh, 'index.d.ts');
  const { exports: values } = chunks.find(({ fileName }) => fileName === 'index.js');
  await writeFile(index, withoutAbsentClasses(await readFile(index, 'utf8'), values));
  await writeFile(join(fresh, 'THIRD-PARTY.txt'), await thirdParty(chunks));
  await rm(outdir, { recursive: true, force: true });
  await chmod(fresh, 0o755);
  await rename(fresh, outdir);
} catch (error) {
  // What the compiler says is wrong goes to its stdout; the bundler has said it already.
  process.stderr.write(`${error.stdout || error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(fresh, { recursive: true, force: true });
}
