import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import { InvalidError } from '../../../src/errors.js';
import { makeFolder, refuseNoFolder, whyUnmakeable } from '../../../src/topology/folders.js';
import { rejection } from '../../support/run.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rrepl-test-'));
  await writeFile(join(base, 'file'), '');
  await symlink(join(base, 'nowhere'), join(base, 'dangling'));
  await symlink(join(base, 'circle'), join(base, 'circle'));
});
afterEach(() => rm(base, { recursive: true }));

describe('a folder that is missing', () => {
  it('is looked at without making anything, and made with its parents', async () => {
    const folder = join(base, 'a/b/c');
    expect(await whyUnmakeable(folder)).toBeNull();
    expect((await readdir(base)).sort()).toEqual(['circle', 'dangling', 'file']);
    await Promise.all([makeFolder(folder), makeFolder(join(base, 'a/b/d')), makeFolder(folder)]);
    expect((await stat(folder)).isDirectory()).toBe(true);
    await makeFolder(folder);
  });

  it.each([
    ['file/x/y', 'it leads through a file'],
    ['dangling/x', 'dangling is a symbolic link to nothing'],
    ['circle/x', 'its symbolic links lead in a circle'],
    [`${'x'.repeat(300)}/y`, 'this is too long for a path'],
  ])('is refused: %s', async (path, reason) => {
    const error = await whyUnmakeable(join(base, path));
    expect(error).toBeInstanceOf(InvalidError);
    expect(error?.message).toContain(reason);
    expect(hintFor(error)).toContain('--dir');
    expect(await rejection(makeFolder(join(base, path)))).toBeInstanceOf(InvalidError);
  });

  it.runIf(process.platform === 'linux').each(['/proc/x/redis-1/conf', '/sys/x/redis-1/conf'])(
    'is refused where nothing can be made, without trying for ever: %s',
    async (path) => {
      expect(await whyUnmakeable(path)).toBeInstanceOf(InvalidError);
      expect(await rejection(makeFolder(path))).toBeInstanceOf(InvalidError);
    },
  );

  it.skipIf(process.getuid?.() === 0)('is refused where the user may not write', async () => {
    await mkdir(join(base, 'closed'));
    await chmod(join(base, 'closed'), 0o500);
    const path = join(base, 'closed/x/y');
    for (const error of [await whyUnmakeable(path), await rejection(makeFolder(path))]) {
      expect(error).toBeInstanceOf(InvalidError);
      expect(error?.message).toContain('you may not write there');
    }
  });
});

it('something that is no folder is refused, and nothing else', async () => {
  await expect(refuseNoFolder(join(base, 'file'))).rejects.toThrow('it is a file, not a folder');
  await expect(refuseNoFolder(join(base, 'file/x'))).rejects.toThrow('it leads through a file');
  await refuseNoFolder(base);
  await refuseNoFolder(join(base, 'missing'));
});
