/**
 * Keeps what V8 compiles of dist/ in the user's cache, so that the next command need not compile it
 * again. From Node 22 on Node does so itself; before, it is done here, for CommonJS: that is why
 * dist/ is.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { Script } from 'node:vm';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rrepl');
const require = createRequire(import.meta.url);

/** What the file exports; `NODE_DISABLE_COMPILE_CACHE=1` keeps nothing. */
export function load(url) {
  const path = fileURLToPath(url);
  if (Module.enableCompileCache) Module.enableCompileCache(cache);
  else if (!process.env.NODE_DISABLE_COMPILE_CACHE) keepCompiled(dirname(path));
  return require(path);
}

/** All that `require` loads from this folder from now on; written when the process ends. */
function keepCompiled(folder) {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const place = join(cache, `${name}.code`);
  const kept = read(place);
  const loaded = new Map();
  let isComplete = true;
  Module._extensions['.cjs'] = (module, filename) => {
    if (dirname(filename) !== folder) return Module._extensions['.js'](module, filename);
    const { mtimeMs, size } = statSync(filename);
    const source = `${mtimeMs} ${size}`;
    const cachedData = kept.get(filename)?.source === source ? kept.get(filename).code : undefined;
    const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), {
      filename,
      cachedData,
      importModuleDynamically: (specifier) => import(specifier),
    });
    // Each command has a file of its own, so the first of each adds what it needs of the others.
    if (cachedData === undefined || script.cachedDataRejected) isComplete = false;
    loaded.set(filename, { source, script });
    const run = script.runInThisContext();
    run.call(module.exports, module.exports, createRequire(filename), module, filename, folder);
  };
  process.once('exit', () => {
    if (isComplete) return;
    for (const [filename, { source, script }] of loaded) {
      kept.set(filename, { source, code: script.createCachedData() });
    }
    write(place, new Map([...kept].filter(([filename]) => existsSync(filename))));
  });
}

function read(place) {
  try {
    const { version, kept } = deserialize(readFileSync(place));
    return version === process.version && kept instanceof Map ? kept : new Map();
  } catch {
    return new Map();
  }
}

/** Where nothing can be kept, commands work as well, only slower. */
function write(place, kept) {
  const whole = `${place}.${process.pid}`;
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    writeFileSync(whole, serialize({ version: process.version, kept }), { mode: 0o600 });
    renameSync(whole, place);
  } catch {}
}
