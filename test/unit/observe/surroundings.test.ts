import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { LABEL } from '../../../src/docker/labels.js';
import { lookAround } from '../../../src/observe/surroundings.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { foreignSpec, labelsOf, nothing, topology } from '../../support/topologies.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'rrepl-sharers-')));
afterAll(() => rmSync(root, { recursive: true }));
const at = (path: string): string => join(root, path);
for (const path of ['data/demo', 'data-2', 'links']) mkdirSync(at(path), { recursive: true });
symlinkSync(at('data'), at('links/data'));
symlinkSync(at('data/demo'), at('links/demo'));

let runtime: FakeRuntime;
beforeEach(() => {
  runtime = new FakeRuntime();
});

const has = (name: string, dir: string, node = 'redis-1') =>
  runtime.add({
    ...foreignSpec(`rrepl-${name}-${node}`),
    labels: { ...labelsOf(name, node), [LABEL.dir]: dir },
  });

async function sharers(dir: string | null) {
  const wanted = topology({ replicas: 0, dir });
  const ports = [{ first: 6381, count: 1 }];
  return (await lookAround(runtime, wanted, nothing(wanted), ports)).sharers;
}

describe('another topology has its files in the folder', () => {
  it.each([
    ['itself', 'data', 'data'],
    ['by a link', 'links/data', 'data'],
    ['to which a link leads from the other', 'data', 'links/data'],
    ['above it', 'data/demo', 'data'],
    ['below it', 'data', 'data/demo'],
    ['above it, by a link', 'links/demo', 'data'],
    ['that is not made yet', 'data/new/er', 'links/data/new/er'],
    ['that is not made yet, below a link', 'links/demo/new', 'data/demo'],
  ])('%s', async (_, dir, theirs) => {
    has('other', at(theirs));
    has('other', at(theirs), 'redis-2');
    expect(await sharers(at(dir))).toEqual([{ topology: 'other', dir: at(theirs) }]);
  });

  it.each([
    ['beside it', 'data', 'links'],
    ['whose name begins as its own', 'data', 'data-2'],
    ['beside it, below the same one', 'data/demo', 'data/other'],
  ])('not %s', async (_, dir, theirs) => {
    has('other', at(theirs));
    expect(await sharers(at(dir))).toEqual([]);
  });

  it('each of them', async () => {
    has('a', at('data'));
    has('b', at('data/demo'));
    has('c', at('links'));
    const found = await sharers(at('links/demo'));
    expect(found.map((it) => it.topology).sort()).toEqual(['a', 'b']);
  });

  it('not where its data are in volumes', async () => {
    has('other', at('data'));
    expect(await sharers(null)).toEqual([]);
  });
});
