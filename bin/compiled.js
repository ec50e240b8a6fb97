/**
 * Keeps what V8 compiles of dist/ in the user's cache, so that the next command need not compile it
 * again. From Node 22 on Node does so itself; before, it is done here, for CommonJS: that is why
 * dist/ is.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import Module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  const place = join(cache, folder.replaceAll(/\W+/g, '-').slice(-200));
  /** By the name of the file that its code is kept in. */
  const loaded = new Map();
  let isComplete = true;
  Module._extensions['.cjs'] = (module, filename) => {
    if (dirname(filename) !== folder) return Module._extensions['.js'](module, filename);
    const { mtimeMs, size } = statSync(filename);
    const kept = `${basename(filename)}.${mtimeMs}.${size}.${process.version}`;
    const cachedData = read(join(place, kept));
    const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), {
      filename,
      cachedData,
      importModuleDynamically: (specifier) => import(specifier),
    });
    // Each command has a file of its own, so the first of each adds what it needs of the others.
    if (cachedData === undefined || script.cachedDataRejected) isComplete = false;
    loaded.set(kept, script);
    const run = script.runInThisContext();
    run.call(module.exports, module.exports, createRequire(filename), module, filename, folder);
  };
  process.once('exit', () => {
    if (!isComplete) write(place, loaded, new Set(readdirSync(folder)));
  });
}

/**
 * V8 believes what it is given, and ends the process over a wrong byte. So the code is kept twice: to
 * compare is quicker than any digest, which would have to be loaded or run uncompiled.
 */
function read(file) {
  try {
    const twice = readFileSync(file);
    const code = twice.subarray(0, twice.length / 2);
    return code.equals(twice.subarray(twice.length / 2)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Where nothing can be kept, commands work as well, only slower. */
function write(place, scripts, sources) {
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    const replaced = new Set([...scripts.keys()].map(sourceOf));
    for (const kept of readdirSync(place)) {
      const isOld = !sources.has(sourceOf(kept)) || replaced.has(sourceOf(kept));
      if (isOld && !scripts.has(kept)) rmSync(join(place, kept), { force: true });
    }
    for (const [kept, script] of scripts) {
      const whole = join(place, `${kept}.${process.pid}`);
      const code = script.createCachedData();
      writeFileSync(whole, Buffer.concat([code, code]), { mode: 0o600 });
      renameSync(whole, join(place, kept));
    }
  } catch {}
}

/** `main.cjs` of `main.cjs.1700000000000.5000.v20.8.0` */
const sourceOf = (kept) => kept.slice(0, kept.indexOf('.cjs') + 4);
