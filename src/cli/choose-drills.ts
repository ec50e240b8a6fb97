/** The drills that a command line names: of the library, or a user's own in a file. */
import { stat } from 'node:fs/promises';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bounded } from '../docker/call.js';
import { type DrillDefinition, defineDrill } from '../drills/define-drill.js';
import type { Drill } from '../drills/drill.js';
import { DRILLS } from '../drills/library/index.js';
import { EXIT_CODES, InvalidTopologyError, type Problem, UsageError } from '../errors.js';
import { duration } from '../format.js';
import { shippedFile } from '../topology/shipped.js';

const FILE = /^\.+$|[/\\]|\.[cm]?[jt]s$/;
/** A module that takes longer waits for something that never comes. */
const LOAD_MS = 10_000;

/**
 * @param cwd what the paths of files are relative to
 * @throws UsageError for a name that is none, and for a file that can't be read
 * @throws InvalidTopologyError with all that is wrong with the drills of files
 */
export async function chooseDrills(names: readonly string[], cwd: string): Promise<Drill[]> {
  const chosen: Drill[] = [];
  for (const name of names) {
    if (name === 'all') chosen.push(...DRILLS);
    else if (FILE.test(name)) chosen.push(...(await drillsIn(name, cwd)));
    else chosen.push(shipped(name));
  }
  return chosen;
}

function shipped(name: string): Drill {
  const drill = DRILLS.find((it) => it.name === name);
  if (drill !== undefined) return drill;
  throw new UsageError(`there is no drill ${name}`, {
    about: { code: 'no-drill', drills: DRILLS.map((it) => it.name) },
  });
}

async function drillsIn(file: string, cwd: string): Promise<Drill[]> {
  const found = [await importDefault(file, cwd)].flat();
  if (found.length === 0) noDrill(file);
  const problems: Problem[] = [];
  const drills = found.flatMap((definition) => {
    try {
      return [defineDrill(isObject(definition) ? definition : noDrill(file))];
    } catch (error) {
      problems.push(...problemsOf(error, file));
      return [];
    }
  });
  if (problems.length > 0) throw new InvalidTopologyError(problems);
  return drills;
}

const isObject = (value: unknown): value is DrillDefinition =>
  typeof value === 'object' && value !== null;

function noDrill(file: string): never {
  const message = 'the default export must be a drill, `defineDrill({ … })`, or a list of drills';
  throw new InvalidTopologyError([{ source: file, message }]);
}

async function importDefault(file: string, cwd: string): Promise<unknown> {
  const url = pathToFileURL(resolve(cwd, file)).href;
  useThisRrepl();
  try {
    await refuseNoFile(resolve(cwd, file));
    const { default: found } = await loaded(import(url));
    return found;
  } catch (error) {
    const problems = problemsOf(error, file);
    if (problems.length > 0) throw new InvalidTopologyError(problems);
    throw new UsageError(`the drills of ${file} can't be loaded: ${reasonOf(error, url)}`, {
      about: { code: 'drill-file', file },
      cause: error,
    });
  }
}

async function refuseNoFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error('there is no such file') : error;
  });
  if (!found.isFile()) throw new Error('it is no file');
}

/** A module may wait for what never comes, or end the process: neither is to pass for a drill that was played. */
async function loaded<T>(module: Promise<T>): Promise<T> {
  const endedByIt = () => {
    process.exitCode = EXIT_CODES.usage;
    process.stderr.write('error: the file of the drill ended the process as it was loaded\n');
  };
  process.once('exit', endedByIt);
  const overdue = (ms: number) => `it was not loaded after ${duration(ms)}`;
  try {
    return await bounded({ deadlineMs: LOAD_MS, signals: [], overdue }, () => module);
  } finally {
    process.off('exit', endedByIt);
  }
}

/** With the line of the file, where the error tells it. */
function reasonOf(error: unknown, url: string): string {
  if (!(error instanceof Error)) return `${error} was thrown`;
  const at = (error.stack ?? '').split(url)[1];
  const line = /^:(\d+)/.exec(at ?? '')?.[1];
  // Node tells nobody but the terminal where a file can't be parsed.
  if (error instanceof SyntaxError) {
    return `${error.message} (\`node --check ${fileURLToPath(url)}\` shows the line)`;
  }
  return line === undefined ? error.message : `${error.message} (line ${line})`;
}

/** Those of `defineDrill`, with the file; none if it is another error. */
function problemsOf(error: unknown, file: string): Problem[] {
  if (!(error instanceof InvalidTopologyError)) return [];
  return error.problems.map(({ source, message }) => ({
    source: file,
    message: source === file ? message : `${source}: ${message}`,
  }));
}

/** In the file, `rrepl` is this very program: another copy's steps would not know its errors. */
function useThisRrepl(): void {
  const url = pathToFileURL(shippedFile('dist/index.js')).href;
  const hook = `export const resolve = (specifier, context, next) =>
    specifier === 'rrepl' ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(specifier, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
