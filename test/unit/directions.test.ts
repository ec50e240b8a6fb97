/** Plants what .dependency-cruiser.mjs forbids, and expects dependency-cruiser to name it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const LEAVES = Object.fromEntries(
  ['errors', 'cli/leaf', 'cli/commands/leaf', 'docker/leaf', 'live/leaf', 'plan/leaf'].map(
    (name) => [`src/${name}.ts`, 'export type X = 1;\nexport const x = 1;\n'],
  ),
);

/** The violations in a tree of these files: `rule: from -> to`. */
async function violations(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rrepl-directions-'));
  try {
    await symlink(root('node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const [path, text] of Object.entries({ ...LEAVES, ...files })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const tool = root('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = ['src', '--config', root('.dependency-cruiser.mjs'), '--output-type', 'json'];
    const json = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [tool, ...args], { cwd: folder }, (error, stdout) =>
        stdout ? resolve(stdout) : reject(error),
      );
    });
    const { summary } = JSON.parse(json) as {
      summary: { violations: { rule: { name: string }; from: string; to: string }[] };
    };
    return summary.violations.map(
      ({ rule, from, to }) =>
        `${rule.name}: ${from} -> ${/node_modules\/(?:@types\/)?([^/]+)/.exec(to)?.[1] ?? to}`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('what points to lower layers is allowed, and each package in its place', async () => {
  const allowed = {
    'src/main.ts': `import './cli/leaf.js';`,
    'src/cli/deep/one.ts': `import { x } from '../../plan/leaf.js';\nexport const y = () => import('../leaf.js');\nexport { x };`,
    'src/cli/groups/one.ts': `export const run = () => import('../commands/leaf.js');`,
    'src/docker/dockerode/one.ts': `import type Dockerode from 'dockerode';\nexport type { Dockerode };`,
    'src/redis/ioredis-node.ts': `import { Redis } from 'ioredis';\nexport { Redis };`,
    'src/ui/colours.ts': `import chalk from 'chalk';\nexport const ora = () => import('ora');\nexport { chalk };`,
    'src/execute/one.ts': `import '../errors.js';\nimport 'node:fs';`,
  };
  expect(await violations(allowed)).toEqual([]);
});

const PLANTED: readonly (readonly [what: string, file: string, text: string, found: string])[] = [
  ['an import', 'plan/one', `import { x } from '../live/leaf.js';`, 'below-plan: src/live/leaf.ts'],
  [
    'a decision in what only looks',
    'observe/one',
    `import { x } from '../plan/leaf.js';`,
    'below-observe: src/plan/leaf.ts',
  ],
  [
    'a type',
    'psync/one',
    `import type { X } from '../cli/leaf.js';`,
    'below-psync: src/cli/leaf.ts',
  ],
  [
    'one type of it',
    'redis/one',
    `import { type X } from '../live/leaf.js';`,
    'below-redis: src/live/leaf.ts',
  ],
  ['a re-export', 'ui/one', `export { x } from '../cli/leaf.js';`, 'below-ui: src/cli/leaf.ts'],
  [
    'all of it again',
    'topology/one',
    `export * from '../plan/leaf.js';`,
    'below-topology: src/plan/leaf.ts',
  ],
  [
    'a lazy import',
    'operations/one',
    `export const y = () => import('../cli/leaf.js');`,
    'below-operations: src/cli/leaf.ts',
  ],
  [
    'from the lowest',
    'format',
    `import { x } from './docker/leaf.js';`,
    'below-error-facts.ts: src/docker/leaf.ts',
  ],
  [
    'dockerode',
    'access/one',
    `import Docker from 'dockerode';`,
    'only-owner-of-dockerode: dockerode',
  ],
  [
    'its types, beside its owner',
    'docker/two',
    `import type Docker from 'dockerode';`,
    'only-owner-of-dockerode: dockerode',
  ],
  ['ioredis', 'plan/two', `import { Redis } from 'ioredis';`, 'only-owner-of-ioredis: ioredis'],
  [
    'the code of a command, before it is run',
    'cli/two',
    `import { x } from './commands/leaf.js';`,
    'commands-when-run: src/cli/commands/leaf.ts',
  ],
  ['chalk', 'cli/one', `import chalk from 'chalk';`, 'only-owner-of-chalk: chalk'],
  ['ora', 'report/one', `export const y = () => import('ora');`, 'only-owner-of-ora: ora'],
  ['in a folder without a layer', 'extra/one', `import '../errors.js';`, 'no-layer: src/errors.ts'],
  [
    'of a folder without a layer',
    'main',
    `import './extra/leaf.js';`,
    'below-main.ts: src/extra/leaf.ts',
  ],
  ['of the tests', 'verify/one', `import '../../test/helper.js';`, 'only-src: test/helper.ts'],
  ['of what is not there', 'verify/two', `import './nothing.js';`, 'no-such-file: ./nothing.js'],
  [
    'a circle of types',
    'redis/a',
    `import type { B } from './b.js';\nexport type A = B;`,
    'no-circle: src/redis/b.ts',
  ],
  ['the other half of it', 'redis/b', `import type { A } from './a.js';\nexport type B = A;`, ''],
];

test('what is forbidden is named, and nothing else is', async () => {
  const files = PLANTED.map(([, file, text]) => [`src/${file}.ts`, text]);
  const others = { 'src/extra/leaf.ts': 'export const x = 1;', 'test/helper.ts': 'export {};' };
  const expected = PLANTED.filter(([, , , found]) => found).map(([, file, , found]) =>
    found.replace(': ', `: src/${file}.ts -> `),
  );
  const found = await violations({ ...others, ...Object.fromEntries(files) });
  expect(found.sort()).toEqual(expected.sort());
});
