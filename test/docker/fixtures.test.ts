/** The fixtures for test runners, from the package as npm packs it, in test suites of somebody else. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docker, holdings, IMAGE, NOTHING } from '../support/docker.js';
import { start } from '../support/rrepl.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);
const npm = (cwd: string, ...args: string[]) =>
  execute('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rrepl-fixtures-'));
  await writeFile(join(folder, 'package.json'), '{ "name": "user", "type": "module" }');
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse((await npm(ROOT, ...pack)).stdout);
  await npm(folder, 'install', '--offline', '--legacy-peer-deps', `./${filename}`);
  // No part of a test's own time.
  await jest();
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

/** What stands in every suite: the second test finds nothing of what the first has done and broken. */
const tests = (start: string, redis: string) => `
${start}
import { appendFileSync } from 'node:fs';

const note = (name) => appendFileSync(process.env.NOTES, name + '\\n');
const ask = async (redis) => {
  const { nodes, health } = await redis.status();
  return nodes.map(({ role }) => role).join() + ' ' + health;
};
const same = (seen, wanted) => {
  if (seen !== wanted) throw new Error(seen + ' is not ' + wanted);
};

test('breaks it', async (${redis}) => {
  note(redis.name);
  await redis.killMaster({ before: 100, after: 100 });
  await redis.pause('replica');
  same((await ask(redis)).includes('well'), false);
});
test('finds it as new', async (${redis}) => {
  note(redis.name);
  same(await ask(redis), 'master,replica,replica well');
  same((await redis.verify()).verdict, 'pass');
});
test('fails', (${redis}) => {
  if (process.env.FAILS) throw new Error('as it should');
});
if (process.env.HANGS) test('hangs', async (${redis}) => {
  note('hangs');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}, 600_000);
`;

const OPTIONS = `{ replicas: 2, image: '${IMAGE}' }`;

interface Runner {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly command: () => Promise<readonly [string, ...string[]]>;
}

const RUNNERS: readonly Runner[] = [
  {
    name: 'rrepl/vitest',
    file: 'vitest.test.mjs',
    code: tests(
      `import { redisTest } from 'rrepl/vitest';\nconst test = redisTest(${OPTIONS});`,
      '{ redis }',
    ).replaceAll('\n});\n', '\n}, 60_000);\n'),
    command: async () => {
      const at = join(folder, 'node_modules', 'vitest');
      if (!existsSync(at)) await symlink(join(ROOT, 'node_modules', 'vitest'), at);
      const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
      return [process.execPath, vitest, 'run', '--root', folder, 'vitest.test'];
    },
  },
  {
    name: 'rrepl/node-test',
    file: 'node-test.mjs',
    code: tests(
      `import { test } from 'node:test';\nimport { useRedis } from 'rrepl/node-test';\nconst redis = useRedis(${OPTIONS});`,
      '',
    ).replace(', 600_000);', ');'),
    command: async () => [process.execPath, '--test', join(folder, 'node-test.mjs')],
  },
  {
    name: 'rrepl/jest',
    file: 'jest.test.mjs',
    code: tests(
      `import { useRedis } from 'rrepl/jest';\nconst redis = useRedis(${OPTIONS});`,
      '',
    ).replaceAll('\n});\n', '\n}, 60_000);\n'),
    command: async () => {
      const flags = ['--rootDir', folder, '--testMatch', '**/jest.test.mjs'];
      return [process.execPath, '--experimental-vm-modules', await jest(), ...flags];
    },
  },
];

/** Kept for the next time. */
async function jest(): Promise<string> {
  const cache = join(ROOT, 'node_modules', '.cache', 'jest');
  const bin = join(cache, 'node_modules', 'jest', 'bin', 'jest.js');
  if (!existsSync(bin)) {
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, 'package.json'), '{}');
    await npm(cache, 'install', 'jest@30');
  }
  return bin;
}

async function play({ file, code, command }: Runner, env: Readonly<Record<string, string>> = {}) {
  await writeFile(join(folder, file), code);
  const notes = join(folder, `${file}-${Math.random()}.txt`);
  const [program, ...args] = await command();
  const started = start(args, {
    program: [program],
    cwd: folder,
    // Else the runners take themselves for a part of this one.
    env: { NOTES: notes, NODE_TEST_CONTEXT: undefined, VITEST: undefined, ...env },
    timeoutMs: 110_000,
  });
  const read = async () => (await readFile(notes, 'utf8').catch(() => '')).trim().split('\n');
  return { ...started, read };
}

describe.each(RUNNERS)('$name', (runner) => {
  test('one topology, as new for each test, and gone afterwards', async () => {
    const { ended, read } = await play(runner);
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode, stdout + stderr).toBe(0);
    const [name = '', ...more] = await read();
    expect(name).toMatch(/^test-[0-9a-f]{8}$/);
    expect(more).toEqual([name]);
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('a test that fails, fails; and nothing is left', async () => {
    const { ended, read } = await play(runner, { FAILS: '1' });
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain('as it should');
    expect(await holdings((await read())[0] ?? '')).toEqual(NOTHING);
  });
});

test('a test whose time is up in vitest breaks its drill off, and nothing is left', async () => {
  const [runner] = RUNNERS as [Runner];
  const code = `
import { appendFileSync } from 'node:fs';
import { redisTest } from 'rrepl/vitest';
const test = redisTest(${OPTIONS});
test('takes too long', { timeout: 2000 }, async ({ redis }) => {
  appendFileSync(process.env.NOTES, redis.name + '\\n');
  await redis.killMaster({ before: 90_000 });
});
`;
  const { ended, read } = await play({ ...runner, code });
  const { exitCode, stdout, stderr } = await ended;
  expect(exitCode).toBe(1);
  expect(stdout + stderr).toContain('Test timed out in 2000ms');
  expect(stdout + stderr).not.toContain('Timeout terminating');
  const [name = ''] = await read();
  await expect.poll(() => holdings(name), { timeout: 60_000 }).toEqual(NOTHING);
});

test('a fixture that files share is a topology a worker in vitest, as new in each of them, though a hook fails', async () => {
  const [runner] = RUNNERS as [Runner];
  const suite = join(folder, 'shared');
  await mkdir(suite, { recursive: true });
  const fixture = `import { redisTest } from 'rrepl/vitest';\nexport const test = redisTest(${OPTIONS});\n`;
  await writeFile(join(suite, 'fixture.mjs'), fixture);
  const code = (name: string) => `
import { appendFileSync } from 'node:fs';
import { test } from './fixture.mjs';
test.beforeEach(async ({ redis }) => {
  appendFileSync(process.env.NOTES, process.env.VITEST_POOL_ID + ' ' + redis.name + '\\n');
  const { health } = await redis.status();
  if (health !== 'well') throw new Error('not as new: ' + health);
  if ('${name}' !== 'b') return;
  await redis.kill('master');
  throw new Error('the hook fails as it should');
});
test('breaks it', async ({ redis }) => void (await redis.pause('replica')), 60_000);
test('again', async ({ redis }) => void (await redis.pause('replica')), 60_000);
`;
  for (const name of ['b', 'c', 'd']) await writeFile(join(suite, `${name}.test.mjs`), code(name));
  const command = async () => {
    const [node, vitest = ''] = await runner.command();
    return [node, vitest, 'run', '--root', suite, '--maxWorkers=2', '--isolate=false'] as const;
  };
  const { ended, read } = await play({ ...runner, command });
  const { exitCode, stdout, stderr } = await ended;
  const output = stdout + stderr;
  expect(exitCode).toBe(1);
  expect(output).toContain('the hook fails as it should');
  expect(output).not.toContain('not as new');
  expect(output).toMatch(/2 failed.*4 passed/);
  const topologies = new Map((await read()).map((line) => line.split(' ') as [string, string]));
  expect(topologies.size).toBe(2);
  expect(new Set(topologies.values()).size).toBe(2);
  for (const name of topologies.values()) expect(await holdings(name)).toEqual(NOTHING);
});

const docs = await readFile(join(ROOT, 'docs', 'run.md'), 'utf8');

test.each(RUNNERS)(
  'the example of docs/run.md for $name passes as it is printed',
  async (runner) => {
    const blocks = [...docs.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code);
    const code = blocks.find((it) => it.includes(`'${runner.name}'`)) ?? '';
    const { ended } = await play({ ...runner, code });
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode, stdout + stderr).toBe(0);
  },
);

const TYPED = `
import { useRedis as inJest } from 'rrepl/jest';
import { useRedis } from 'rrepl/node-test';
import { redisTest } from 'rrepl/vitest';

const test = redisTest({ replicas: 2, image: 'redis:7.0' });
test('in vitest', async ({ redis }) => {
  const url: string | null = redis.url;
  const { verdict } = await redis.killMaster();
  // @ts-expect-error
  verdict satisfies number;
  // @ts-expect-error
  redis.nothing(url);
});
for (const redis of [useRedis(), inJest({ replicas: 1 })]) void redis.reset();
// @ts-expect-error
useRedis({ replicas: 'two' });
// @ts-expect-error: the fixture chooses it
useRedis({ name: 'mine' });
`;

test('they are typed', async () => {
  const vitest = join(folder, 'node_modules', 'vitest');
  if (!existsSync(vitest)) await symlink(join(ROOT, 'node_modules', 'vitest'), vitest);
  await writeFile(join(folder, 'typed.ts'), TYPED);
  const compilerOptions = {
    ...{ module: 'NodeNext', target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable', 'DOM'] },
    ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] },
    ...{ strict: true, skipLibCheck: true, noEmit: true },
  };
  const config = JSON.stringify({ compilerOptions, files: ['typed.ts'] });
  await writeFile(join(folder, 'tsconfig.json'), config);
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const { stdout } = await execute(tsc, ['--project', folder]).catch((error) => error);
  expect(stdout).toBe('');
});

test('a runner that is killed leaves nothing either', async () => {
  const [, runner] = RUNNERS as [Runner, Runner];
  await writeFile(join(folder, runner.file), runner.code);
  const notes = join(folder, 'killed.txt');
  // Without --test the tests run in this very process.
  const { child, ended } = start([join(folder, runner.file)], {
    program: [process.execPath],
    cwd: folder,
    env: { NOTES: notes, HANGS: '1', NODE_TEST_CONTEXT: undefined },
    timeoutMs: 110_000,
  });
  const read = async () => (await readFile(notes, 'utf8').catch(() => '')).trim().split('\n');
  await expect.poll(read, { timeout: 90_000 }).toContain('hangs');
  const [name = ''] = await read();
  expect((await holdings(name)).containers).toHaveLength(3);
  child.kill('SIGKILL');
  await ended;
  await expect.poll(() => holdings(name), { timeout: 60_000 }).toEqual(NOTHING);
  expect(await docker('ps', '-aq', '--filter', `label=dev.rrepl.topology=${name}`)).toBe('');
});
