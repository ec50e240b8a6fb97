/** The drills that a command line names: of the library, or a user's own in a file. */
import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidTopologyError, type Problem, UsageError } from '../errors.js';
import { shippedFile } from '../topology/shipped.js';
import { type DrillDefinition, defineDrill } from './define-drill.js';
import type { Drill } from './drill.js';
import { DRILLS } from './library/index.js';

const FILE = /[/\\]|\.(m?js|m?ts)$/;

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
  useThisRrepl();
  try {
    const { default: found } = await import(pathToFileURL(resolve(cwd, file)).href);
    return found;
  } catch (error) {
    const problems = problemsOf(error, file);
    if (problems.length > 0) throw new InvalidTopologyError(problems);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the drills of ${file} can't be loaded: ${reason}`, {
      about: { code: 'drill-file', file },
      cause: error,
    });
  }
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
