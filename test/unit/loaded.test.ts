import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';

/**
 * What a command loads before it does anything is most of its time: one import too many in a file
 * that all share brings a whole library.
 */
const root = join(import.meta.dirname, '../..');
const MAIN = 'src/main.ts';
const STATUS = 'src/cli/commands/status.ts';

describe('what is loaded', () => {
  /** What each file imports at once, by paths relative to the root. */
  const imports = new Map<string, readonly string[]>();

  beforeAll(async () => {
    const here = (id: string) => relative(root, id);
    const bundle = await rolldown({
      cwd: root,
      input: MAIN,
      platform: 'node',
      tsconfig: false,
      checks: { ineffectiveDynamicImport: false },
      plugins: [
        {
          name: 'imports',
          moduleParsed({ id, importedIds }) {
            imports.set(here(id), importedIds.map(here));
          },
        },
      ],
    });
    await bundle.generate();
    await bundle.close();
  });

  /** The files of `entry` that are loaded with it: what is imported when it is needed isn't. */
  function loadedWith(entry: string): string[] {
    const loaded = new Set([entry]);
    for (const file of loaded) for (const imported of imports.get(file) ?? []) loaded.add(imported);
    return [...loaded];
  }

  const packagesOf = (files: readonly string[]) =>
    new Set(files.flatMap((it) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(it)?.[1] ?? []));

  it('commander and chalk by every command, no other package, and none of the work', () => {
    const loaded = loadedWith(MAIN);
    expect(packagesOf(loaded)).toEqual(new Set(['commander', 'chalk']));
    const work = /^src\/(live|plan|redis|execute|observe|verify|drills|failover)\//;
    expect(loaded.filter((it) => work.test(it))).toEqual([]);
  });

  it('by `status` no schema, no planner and no reader of disks', () => {
    const loaded = loadedWith(STATUS);
    expect(packagesOf(loaded)).toEqual(new Set(['chalk']));
    expect(loaded.filter((it) => /^src\/(plan|execute|stream|drills)\//.test(it))).toEqual([]);
  });

  it('what is imported when it is needed isn’t counted, what is imported at once is', () => {
    expect(loadedWith(MAIN)).not.toContain(STATUS);
    expect(loadedWith(STATUS)).toContain('src/live/status.ts');
  });
});
