/** The package as npm packs it, installed into an empty folder and used from there. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdings, IMAGE, NOTHING } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, run } from '../support/rrepl.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VERSIONS = [20, 22, 24];
const MOST_BYTES = 6_000_000;

const execute = promisify(execFile);
const npm = (cwd: string, ...args: string[]) =>
  execute('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd });

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

let folder: string;
let packed: Packed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rrepl-package-'));
  // dist/ is there already: making it anew would take it away from tests that run beside this one.
  const { stdout } = await npm(
    ROOT,
    'pack',
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    folder,
  );
  [packed] = JSON.parse(stdout) as [Packed];
  await writeFile(join(folder, 'package.json'), '{ "name": "user", "type": "module" }');
  // Offline: it brings nothing that would have to come from elsewhere.
  await npm(folder, 'install', '--offline', `./${packed.filename}`);
});
afterAll(removeTopologies);
afterAll(() => rm(folder, { recursive: true }));

/** A Node of this major version; npm's packages of its binaries are kept for the next time. */
async function nodeOf(major: number): Promise<string> {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  const cache = join(ROOT, 'node_modules', '.cache', `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(cache, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) {
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, 'package.json'), '{}');
    await npm(cache, 'install', `${name}@${major}`);
  }
  return binary;
}

test('is small, brings no other package and nothing to build, and names what it holds', async () => {
  expect(packed.unpackedSize).toBeLessThan(MOST_BYTES);
  const installed = await readdir(join(folder, 'node_modules'));
  expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['rrepl']);
  const at = join(folder, 'node_modules', 'rrepl');
  const manifest = JSON.parse(await readFile(join(at, 'package.json'), 'utf8'));
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest.scripts).not.toHaveProperty('install');
  expect(manifest.scripts).not.toHaveProperty('postinstall');
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toContain('dist/index.d.ts');
  expect(paths.filter((path) => /\.(node|map|ts)$/.test(path)).sort()).toEqual([
    ...['jest', 'lifetime', 'node-test', 'vitest'].map((it) => `dist/fixtures/${it}.d.ts`),
    'dist/index.d.ts',
  ]);
  const licences = await readFile(join(at, 'dist', 'THIRD-PARTY.txt'), 'utf8');
  for (const name of ['dockerode', 'ioredis', 'commander', 'zod', 'yaml', '@peculiar/x509']) {
    expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)$`, 'm'));
  }
});

test('what its pages link to is in it, or in the repository', async () => {
  const at = join(folder, 'node_modules', 'rrepl');
  const pages = packed.files.map(({ path }) => path).filter((path) => path.endsWith('.md'));
  expect(pages).toContain('docs/run.md');
  for (const page of pages) {
    const text = await readFile(join(at, page), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, to = '']) => to);
    const gone = links.filter(
      (to) => !/^https?:/.test(to) && !existsSync(join(at, page, '..', to)),
    );
    expect(gone, page).toEqual([]);
  }
});

test('npx rrepl up', async () => {
  const name = newTopology('package');
  const npx = { program: ['npx', '--no-install', 'rrepl'], cwd: folder } as const;
  await rrepl(['up', '--name', name, '--replicas', '1'], npx);
  await rrepl(['down', '--volumes', '--name', name], npx);
});

const JAVASCRIPT = `
import { up, RreplError } from 'rrepl';

const [name, image, port] = process.argv.slice(2);
const redis = await up({ name, image, port: Number(port), replicas: 1 });
const { verdict } = await redis.verify();
const refused = await up({ replicas: -1 }).catch((error) => error instanceof RreplError);
console.log(JSON.stringify({ url: redis.url, replicas: redis.replicaUrls.length, verdict, refused }));
await redis[Symbol.asyncDispose]();
`;

describe.each(VERSIONS)('Node %d', (major) => {
  let node: string;
  beforeAll(async () => {
    node = await nodeOf(major);
  }, 300_000);

  test('is what runs', async () => {
    const { stdout } = await execute(node, ['--version']);
    expect(stdout).toMatch(new RegExp(`^v${major}\\.`));
  });

  test('the program: up, status, verify, switchover, down', async () => {
    const bin = join(folder, 'node_modules', 'rrepl', 'bin', 'rrepl.js');
    const name = newTopology('package');
    const program = { program: [node, bin] } as const;
    const of = (command: string, ...args: string[]) => [command, '--name', name, ...args];
    await rrepl(of('up', '--replicas', '2'), program);
    await rrepl(of('switchover'), program);
    const { nodes } = JSON.parse(await rrepl(of('status', '--json'), program));
    expect(nodes.map(({ link }: { link: string | null }) => link).sort()).toEqual([
      null,
      'up',
      'up',
    ]);
    await rrepl(of('verify'), program);
    await rrepl(of('down', '--volumes'), program);
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('the library, imported from JavaScript', async () => {
    await writeFile(join(folder, 'use.js'), JAVASCRIPT);
    const name = newTopology('package');
    const port = String(await freePorts(2));
    const used = await run([name, IMAGE, port], { program: [node, join(folder, 'use.js')] });
    expect(used).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(used.stdout)).toEqual({
      url: `redis://127.0.0.1:${port}`,
      replicas: 1,
      verdict: 'pass',
      refused: true,
    });
    expect(await holdings(name)).toEqual(NOTHING);
  });
});

const TYPESCRIPT = `
import { attach, up, type NodeStatus, type OperationEvent, type RreplError, type TopologyStatus } from 'rrepl';

const [name = '', image = '', port = ''] = process.argv.slice(2);
async function main(): Promise<void> {
  await using redis = await up({ name, image, port: Number(port), replicas: 1 });
  const seen: TopologyStatus = await (await attach(name)).status();
  const roles: readonly NodeStatus['role'][] = seen.nodes.map(({ role }) => role);
  const url: string | null = redis.url;
  console.log(JSON.stringify({ url, roles }));
}
export const told = (event: OperationEvent): string =>
  event.type === 'done' && event.step.kind === 'follow' ? event.step.upstream : event.type;
// @ts-expect-error
export const spec = (event: OperationEvent) => event.type === 'done' && event.step.spec;
// What is typed refuses what is wrong: nothing of it is any.
// @ts-expect-error
void (() => up({ replicas: 'two' }));
// @ts-expect-error
void (() => attach(name).then(({ nothing }) => nothing));
// @ts-expect-error
export const wrong = (error: RreplError): boolean => error.message;
// @ts-expect-error
void (() => attach(name).then(async (it) => (await it.status()).nodes[0]?.lagBytes?.length));
await main();
`;

/** The drill of docs/drills.md, with the types that its page adds in TypeScript. */
async function typedDrill(): Promise<string> {
  const page = await readFile(join(ROOT, 'docs', 'drills.md'), 'utf8');
  const [, code = ''] = /^```js my-drill\.mjs\n(.*?)^```$/ms.exec(page) ?? [];
  const [, typed = ''] = /^```ts\n(const act = .*?)\n```$/ms.exec(page) ?? [];
  expect(code).toContain('\nconst act = ');
  expect(typed).not.toBe('');
  return `import type { Act } from 'rrepl';\n${code.replace(/^const act = .*$/m, typed)}`;
}

const OWN_CLAIM = `
import { check, type Claim, defineDrill, predict, type Said, type Stage, type Step, takeOver, Topology } from 'rrepl';

interface Counted extends Said {
  readonly keys: number;
}

const countOf = async (stage: Stage, node: string): Promise<number> =>
  Number(await stage.node(node).redis.call('DBSIZE'));

const keysOf = (node: string): Claim<Counted> => ({
  node,
  about: 'how many keys it has',
  claimed: ({ product, version }) => (product === 'redis' && version.startsWith('6.') ? 'as before' : 'as ever'),
  foresee: async (stage) => ({ is: 'as before', keys: await countOf(stage, node) }),
  look: async (stage, { keys }) => {
    const seen = await countOf(stage, stage.master);
    return { is: seen === keys ? 'as before' : 'others', because: \`\${seen} in \${stage.run}\` };
  },
});
const counted: Step = {
  kind: 'check',
  says: 'is it counted?',
  run: async (stage) => {
    stage.rows.push({ left: String(stage.deadline.remainingMs()), over: String(stage.signal.aborted) });
    stage.atEnd(() => {});
    stage.check({ id: 'own', node: null, verdict: 'pass', claim: 'it is', expected: 'it', seen: 'it' });
  },
};
/** A claim can be tried with a stage of one's own: all of it is an interface. */
export const fake = (stage: Omit<Stage, 'node'>): Stage => ({
  ...stage,
  node: (name) => ({ name, redis: { name, call: async () => 3, disconnect: () => {}, close: () => {} } }),
});
export default defineDrill({
  name: 'own',
  claim: 'What a claim of one\\'s own asks is typed.',
  topology: { replicas: 1 },
  acts: [{
    title: 'one',
    steps: ({ replicas: [replica] }) => {
      const keys = keysOf(replica);
      return [predict(keys), takeOver(replica), check(keys), counted];
    },
  }],
});
// What the steps that rrepl brings work with is no user's.
// @ts-expect-error
export const live = (stage: Stage) => stage.live;
// @ts-expect-error
export const container = (stage: Stage) => stage.node('redis-1').container;
// @ts-expect-error
export const isTopology = (it: object) => it instanceof Topology;
// @ts-expect-error
export const wrong: Claim = { node: 'redis-1', about: 'it', look: async () => ({ was: 'so' }) };
// @ts-expect-error
export const act: Step = { kind: 'break', says: 'it', run: async () => {} };
`;

describe.each([
  ['NodeNext', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
  ['bundler', { module: 'ESNext', moduleResolution: 'bundler' }],
])('TypeScript with %s resolution', (name, options) => {
  /** All that the compiler says of such a file; without a word, what it was made into is in `out`. */
  async function compile(at: string, file: string, text: string): Promise<string> {
    await mkdir(at, { recursive: true });
    await writeFile(join(at, file), text);
    const compilerOptions = {
      ...options,
      ...{ target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable'], rootDir: '.' },
      // Node's own types are all that a program in TypeScript needs beside it.
      ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] },
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, outDir: 'out' },
    };
    await writeFile(join(at, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const { stdout } = await execute(tsc, ['--project', at]).catch(({ stdout }) => ({ stdout }));
    return stdout;
  }

  test('a drill, the one of its page and one with a claim of its own, compiles', async () => {
    const at = join(folder, `drill-${name}`);
    expect(await compile(at, 'my-drill.ts', await typedDrill())).toBe('');
    expect(await compile(at, 'own.ts', OWN_CLAIM)).toBe('');
  });

  test('compiles, and runs', async () => {
    const at = join(folder, `typescript-${name}`);
    expect(await compile(at, 'use.ts', TYPESCRIPT)).toBe('');
    const topology = newTopology('package');
    const port = String(await freePorts(2));
    const program = [process.execPath, join(at, 'out', 'use.js')] as const;
    const { stdout, stderr } = await run([topology, IMAGE, port], { program });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      url: `redis://127.0.0.1:${port}`,
      roles: ['master', 'replica'],
    });
    expect(await holdings(topology)).toEqual(NOTHING);
  });
});
